// Dijkstra's shortest paths from the first node of a weighted graph.
#include <cstdio>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

using Edge = std::pair<int, long long>;

std::vector<long long> distances(const std::vector<std::vector<Edge>> &graph, int start) {
    const long long far = std::numeric_limits<long long>::max();
    std::vector<long long> best(graph.size(), far);
    using State = std::pair<long long, int>;
    std::priority_queue<State, std::vector<State>, std::greater<State>> open;
    best[start] = 0;
    open.push({0, start});
    while (!open.empty()) {
        auto [length, node] = open.top();
        open.pop();
        if (length > best[node]) continue;
        for (auto [next, weight] : graph[node])
            if (length + weight < best[next]) {
                best[next] = length + weight;
                open.push({best[next], next});
            }
    }
    return best;
}

int main() {
    int nodes, edges;
    if (std::scanf("%d %d", &nodes, &edges) != 2) return 1;
    std::vector<std::vector<Edge>> graph(nodes);
    for (int from, to, weight; edges-- > 0 && std::scanf("%d %d %d", &from, &to, &weight) == 3;)
        graph[from].push_back({to, weight});
    for (long long length : distances(graph, 0)) std::printf("%lld\n", length);
}
