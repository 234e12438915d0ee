// Length of the longest common subsequence of two lines.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

static std::size_t common(const std::string &one, const std::string &other) {
    std::vector<std::size_t> row(other.size() + 1, 0);
    for (char letter : one) {
        std::size_t corner = 0;
        for (std::size_t place = 1; place <= other.size(); ++place) {
            const std::size_t above = row[place];
            row[place] = letter == other[place - 1] ? corner + 1 : std::max(above, row[place - 1]);
            corner = above;
        }
    }
    return row.back();
}

int main() {
    std::string one, other;
    while (std::getline(std::cin, one) && std::getline(std::cin, other))
        std::cout << common(one, other) << '\n';
}
