// Disjoint sets with path halving and union by size.
#include <iostream>
#include <numeric>
#include <vector>

class Sets {
public:
    explicit Sets(int count) : parent_(count), size_(count, 1) {
        std::iota(parent_.begin(), parent_.end(), 0);
    }
    int find(int one) {
        while (parent_[one] != one) one = parent_[one] = parent_[parent_[one]];
        return one;
    }
    bool join(int one, int other) {
        one = find(one);
        other = find(other);
        if (one == other) return false;
        if (size_[one] < size_[other]) std::swap(one, other);
        parent_[other] = one;
        size_[one] += size_[other];
        return true;
    }

private:
    std::vector<int> parent_, size_;
};

int main() {
    int nodes, edges;
    std::cin >> nodes >> edges;
    Sets sets(nodes);
    int groups = nodes;
    for (int one, other; edges-- > 0 && std::cin >> one >> other;) groups -= sets.join(one, other);
    std::cout << groups << '\n';
}
