// How often each word occurs, most frequent first.
#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

int main() {
    std::map<std::string, int> counts;
    for (std::string word; std::cin >> word;) ++counts[word];
    std::vector<std::pair<int, std::string>> ranked;
    for (const auto &[word, count] : counts) ranked.emplace_back(-count, word);
    std::sort(ranked.begin(), ranked.end());
    for (const auto &[count, word] : ranked) std::cout << -count << ' ' << word << '\n';
}
