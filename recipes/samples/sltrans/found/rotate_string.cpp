// Whether one word is a rotation of another.
#include <iostream>
#include <string>

static bool is_rotation(const std::string &one, const std::string &other) {
    return one.size() == other.size() && (one + one).find(other) != std::string::npos;
}

int main() {
    std::string one, other;
    while (std::cin >> one >> other) std::cout << (is_rotation(one, other) ? "yes" : "no") << '\n';
}
