// 26 programs as contestants write them; a line of four slashes begins each.
//// prefix sums
#include <bits/stdc++.h>
using namespace std;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n, q; cin >> n >> q;
  vector<long long> sum(n + 1);
  for (int i = 0; i < n; i++) { long long x; cin >> x; sum[i + 1] = sum[i] + x; }
  while (q--) { int l, r; cin >> l >> r; cout << sum[r] - sum[l - 1] << '\n'; }
}
//// breadth first search
#include <bits/stdc++.h>
using namespace std;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int h, w; cin >> h >> w;
  vector<string> grid(h); for (auto &row : grid) cin >> row;
  vector<vector<int>> far(h, vector<int>(w, -1));
  queue<pair<int, int>> todo; todo.push({0, 0}); far[0][0] = 0;
  while (!todo.empty()) {
    auto [y, x] = todo.front(); todo.pop();
    for (auto [dy, dx] : {pair{0, 1}, {1, 0}, {0, -1}, {-1, 0}}) {
      int v = y + dy, u = x + dx;
      if (v < 0 || u < 0 || v >= h || u >= w || grid[v][u] == '#' || far[v][u] >= 0) continue;
      far[v][u] = far[y][x] + 1; todo.push({v, u});
    }
  }
  cout << far[h - 1][w - 1] << endl;
}
//// shortest paths
#include <bits/stdc++.h>
using namespace std;
typedef long long ll;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n, m; cin >> n >> m;
  vector<vector<pair<int, ll>>> g(n + 1);
  for (int i = 0; i < m; i++) { int a, b; ll c; cin >> a >> b >> c; g[a].push_back({b, c}); }
  vector<ll> d(n + 1, LLONG_MAX); d[1] = 0;
  priority_queue<pair<ll, int>, vector<pair<ll, int>>, greater<>> q; q.push({0, 1});
  while (!q.empty()) {
    auto [c, v] = q.top(); q.pop();
    if (c > d[v]) continue;
    for (auto [u, w] : g[v]) if (c + w < d[u]) q.push({d[u] = c + w, u});
  }
  for (int i = 1; i <= n; i++) cout << d[i] << " \n"[i == n];
}
//// union find
#include <bits/stdc++.h>
using namespace std;
struct Sets {
  vector<int> up, size;
  Sets(int n) : up(n), size(n, 1) { iota(up.begin(), up.end(), 0); }
  int find(int x) { return up[x] == x ? x : up[x] = find(up[x]); }
  bool join(int a, int b) {
    a = find(a), b = find(b);
    if (a == b) return false;
    if (size[a] < size[b]) swap(a, b);
    up[b] = a; size[a] += size[b]; return true;
  }
};
int main() {
  int n, m; scanf("%d %d", &n, &m);
  vector<array<int, 3>> e(m);
  for (auto &[w, a, b] : e) scanf("%d %d %d", &a, &b, &w);
  sort(e.begin(), e.end()); Sets s(n + 1); long long cost = 0;
  for (auto [w, a, b] : e) if (s.join(a, b)) cost += w;
  printf("%lld\n", cost);
}
//// segment tree
#include <bits/stdc++.h>
using namespace std;
const int N = 1 << 18;
long long tree_[2 * N];
void set_(int i, long long v) { for (tree_[i += N] = v; i >>= 1;) tree_[i] = tree_[2 * i] + tree_[2 * i + 1]; }
long long get(int l, int r) {
  long long s = 0;
  for (l += N, r += N; l < r; l >>= 1, r >>= 1) { if (l & 1) s += tree_[l++]; if (r & 1) s += tree_[--r]; }
  return s;
}
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n, q; cin >> n >> q;
  for (int i = 0, x; i < n; i++) cin >> x, set_(i, x);
  for (int t, a, b; q--;) { cin >> t >> a >> b; if (t == 1) set_(a - 1, b); else cout << get(a - 1, b) << '\n'; }
}
//// fenwick
#include <bits/stdc++.h>
using namespace std;
template <class T> struct Fenwick {
  vector<T> t; Fenwick(int n) : t(n + 1) {}
  void add(int i, T v) { for (++i; i < (int)t.size(); i += i & -i) t[i] += v; }
  T sum(int i) const { T s{}; for (; i; i -= i & -i) s += t[i]; return s; }
};
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n; cin >> n; vector<int> a(n); for (int &x : a) cin >> x;
  auto b = a; sort(b.begin(), b.end()); b.erase(unique(b.begin(), b.end()), b.end());
  Fenwick<int> f(n); long long inversions = 0;
  for (int i = n; i--;) { int k = lower_bound(b.begin(), b.end(), a[i]) - b.begin(); inversions += f.sum(k); f.add(k, 1); }
  cout << inversions;
}
//// sieve
#include <bits/stdc++.h>
using namespace std;
int main() {
  int n; cin >> n; vector<bool> is(n + 1, true); vector<int> primes;
  for (int i = 2; i <= n; i++) { if (is[i]) primes.push_back(i);
    for (int p : primes) { if (1LL * i * p > n) break; is[i * p] = false; if (i % p == 0) break; } }
  copy(primes.begin(), primes.end(), ostream_iterator<int>(cout, " "));
}
//// matrix power
#include <bits/stdc++.h>
using namespace std;
#define rep(i, n) for (int i = 0; i < (n); ++i)
const long long MOD = 1e9 + 7;
using M = array<array<long long, 2>, 2>;
M operator*(const M &a, const M &b) { M c{}; rep(i, 2) rep(j, 2) rep(k, 2) c[i][j] = (c[i][j] + a[i][k] * b[k][j]) % MOD; return c; }
int main() { long long n; cin >> n; M r{{{1, 0}, {0, 1}}}, b{{{1, 1}, {1, 0}}}; for (; n; n >>= 1, b = b * b) if (n & 1) r = r * b; cout << r[0][1]; }
//// knapsack
#include <bits/stdc++.h>
using namespace std;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n, w; cin >> n >> w; vector<long long> dp(w + 1);
  for (int i = 0; i < n; i++) { int a; long long v; cin >> a >> v; for (int j = w; j >= a; j--) dp[j] = max(dp[j], dp[j - a] + v); }
  cout << *max_element(dp.begin(), dp.end()) << endl;
}
//// longest common subsequence
#include <bits/stdc++.h>
using namespace std;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  string s, t; cin >> s >> t; int n = s.size(), m = t.size();
  vector<vector<int>> dp(n + 1, vector<int>(m + 1));
  for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) dp[i + 1][j + 1] = s[i] == t[j] ? dp[i][j] + 1 : max(dp[i][j + 1], dp[i + 1][j]);
  string out; for (int i = n, j = m; i && j;) { if (s[i - 1] == t[j - 1]) out += s[--i], --j; else if (dp[i - 1][j] > dp[i][j - 1]) i--; else j--; }
  reverse(out.begin(), out.end()); cout << out << "\n";
}
//// strings by hash
#include <bits/stdc++.h>
using namespace std;
const unsigned long long BASE = 911382323;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  string s; cin >> s; int n = s.size(); unordered_map<unsigned long long, int> seen;
  int lo = 0, hi = n;
  auto twice = [&](int len) { seen.clear(); unsigned long long h = 0, p = 1; for (int i = 0; i < len; i++) p *= BASE;
    for (int i = 0; i < n; i++) { h = h * BASE + s[i]; if (i >= len) h -= p * s[i - len]; if (i + 1 >= len && seen[h]++) return true; } return false; };
  while (hi - lo > 1) { int mid = (lo + hi) / 2; (twice(mid) ? lo : hi) = mid; }
  cout << lo;
}
//// knuth morris pratt
#include <bits/stdc++.h>
using namespace std;
vector<int> borders(const string &s) { vector<int> p(s.size()); for (int i = 1, j = 0; i < (int)s.size(); i++) { while (j && s[i] != s[j]) j = p[j - 1]; p[i] = j += s[i] == s[j]; } return p; }
int main() { string a, b; getline(cin, a); getline(cin, b); auto p = borders(b + '#' + a); cout << count(p.begin(), p.end(), (int)b.size()); }
//// words by count
#include <bits/stdc++.h>
using namespace std;
int main() {
  map<string, int> seen; string word; while (cin >> word) { transform(word.begin(), word.end(), word.begin(), ::tolower); seen[word]++; }
  vector<pair<string, int>> list(seen.begin(), seen.end());
  stable_sort(list.begin(), list.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
  for (const auto &[w, n] : list) cout << setw(5) << n << ' ' << w << '\n';
}
//// two pointers
#include <bits/stdc++.h>
using namespace std;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n; long long k; cin >> n >> k; deque<long long> window; long long sum = 0; size_t best = 0;
  for (int i = 0; i < n; i++) { long long x; cin >> x; window.push_back(x); sum += x; while (sum > k) sum -= window.front(), window.pop_front(); best = max(best, window.size()); }
  cout << best << endl;
}
//// strong components
#include <bits/stdc++.h>
using namespace std;
int n, m, timer_, parts; vector<int> g[200005], low, num, part; stack<int> st;
void dfs(int v) { low[v] = num[v] = ++timer_; st.push(v);
  for (int u : g[v]) { if (!num[u]) dfs(u); if (!part[u]) low[v] = min(low[v], low[u]); }
  if (low[v] == num[v]) { ++parts; while (true) { int u = st.top(); st.pop(); part[u] = parts; if (u == v) break; } } }
int main() { scanf("%d%d", &n, &m); low.resize(n + 1); num = part = low; for (int a, b; m--;) scanf("%d%d", &a, &b), g[a].push_back(b);
  for (int i = 1; i <= n; i++) if (!num[i]) dfs(i); printf("%d\n", parts); }
//// topological order
#include <bits/stdc++.h>
using namespace std;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n, m; cin >> n >> m; vector<set<int>> g(n); vector<int> in(n);
  while (m--) { int a, b; cin >> a >> b; if (g[--a].insert(--b).second) in[b]++; }
  set<int> free_; for (int i = 0; i < n; i++) if (!in[i]) free_.insert(i);
  vector<int> order; while (!free_.empty()) { int v = *free_.begin(); free_.erase(free_.begin()); order.push_back(v); for (int u : g[v]) if (!--in[u]) free_.insert(u); }
  if ((int)order.size() < n) return puts("IMPOSSIBLE"), 0;
  for (int v : order) cout << v + 1 << ' ';
}
//// convex hull
#include <bits/stdc++.h>
using namespace std;
struct P { long long x, y; bool operator<(const P &o) const { return tie(x, y) < tie(o.x, o.y); } };
long long cross(P a, P b, P c) { return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x); }
int main() {
  int n; cin >> n; vector<P> p(n), h(2 * n); for (auto &[x, y] : p) cin >> x >> y; sort(p.begin(), p.end()); int k = 0;
  for (int i = 0; i < n; h[k++] = p[i++]) while (k > 1 && cross(h[k - 2], h[k - 1], p[i]) <= 0) k--;
  for (int i = n - 1, t = k + 1; i-- > 0; h[k++] = p[i]) while (k >= t && cross(h[k - 2], h[k - 1], p[i]) <= 0) k--;
  double len = 0; for (int i = 1; i < k; i++) len += hypot(h[i].x - h[i - 1].x, h[i].y - h[i - 1].y);
  printf("%.9f\n", len);
}
//// flow
#include <bits/stdc++.h>
using namespace std;
struct Edge { int to; long long cap; };
vector<Edge> e; vector<vector<int>> g; vector<int> level, at;
void add(int a, int b, long long c) { g[a].push_back(e.size()); e.push_back({b, c}); g[b].push_back(e.size()); e.push_back({a, 0}); }
bool bfs(int s, int t) { level.assign(g.size(), -1); level[s] = 0; queue<int> q({s}); while (!q.empty()) { int v = q.front(); q.pop(); for (int i : g[v]) if (e[i].cap && level[e[i].to] < 0) level[e[i].to] = level[v] + 1, q.push(e[i].to); } return level[t] >= 0; }
long long dfs(int v, int t, long long f) { if (v == t || !f) return f; for (int &i = at[v]; i < (int)g[v].size(); i++) { int k = g[v][i]; if (level[e[k].to] == level[v] + 1) if (long long d = dfs(e[k].to, t, min(f, e[k].cap))) { e[k].cap -= d; e[k ^ 1].cap += d; return d; } } return 0; }
int main() { int n, m; cin >> n >> m; g.resize(n); for (int a, b, c; m--;) cin >> a >> b >> c, add(a - 1, b - 1, c); long long flow = 0; while (bfs(0, n - 1)) { at.assign(n, 0); while (long long f = dfs(0, n - 1, 1e18)) flow += f; } cout << flow; }
//// bits
#include <bits/stdc++.h>
using namespace std;
int main() { unsigned n; cin >> n; cout << __builtin_popcount(n) << ' ' << bitset<32>(n).to_string() << ' ' << bit_width(n) << endl;
  vector<int> best(1 << 20, INT_MAX); for (int mask = 1; mask < 1 << 20; mask++) for (int sub = mask; sub; sub = (sub - 1) & mask) best[mask] = min(best[mask], sub ^ int(n)); cout << best.back(); }
//// permutations
#include <bits/stdc++.h>
using namespace std;
int main() { string s; cin >> s; sort(s.begin(), s.end()); set<string> all; do all.insert(s); while (next_permutation(s.begin(), s.end())); cout << all.size() << '\n'; for (auto &x : all) cout << x << '\n'; }
//// random treap
#include <bits/stdc++.h>
using namespace std;
mt19937 rng(chrono::steady_clock::now().time_since_epoch().count());
struct Node { int key; unsigned pri; unique_ptr<Node> l, r; Node(int k) : key(k), pri(rng()) {} };
using T = unique_ptr<Node>;
void split(T t, int k, T &l, T &r) { if (!t) l = r = nullptr; else if (t->key < k) { split(move(t->r), k, t->r, r); l = move(t); } else { split(move(t->l), k, l, t->l); r = move(t); } }
T merge_(T a, T b) { if (!a) return b; if (!b) return a; if (a->pri > b->pri) { a->r = merge_(move(a->r), move(b)); return a; } b->l = merge_(move(a), move(b->l)); return b; }
int main() { T root; for (int x; cin >> x;) { T l, r; split(move(root), x, l, r); root = merge_(merge_(move(l), make_unique<Node>(x)), move(r)); } cout << (root ? root->key : 0); }
//// modular arithmetic
#include <bits/stdc++.h>
using namespace std;
template <int MOD> struct Mint { int v; Mint(long long x = 0) : v((x % MOD + MOD) % MOD) {}
  Mint operator+(Mint o) const { return v + o.v; } Mint operator*(Mint o) const { return 1LL * v * o.v; }
  Mint pow(long long k) const { Mint r = 1, b = *this; for (; k; k >>= 1, b = b * b) if (k & 1) r = r * b; return r; }
  Mint inv() const { return pow(MOD - 2); } friend ostream &operator<<(ostream &o, Mint m) { return o << m.v; } };
using mint = Mint<998244353>;
int main() { int n, k; cin >> n >> k; vector<mint> f(n + 1, 1); for (int i = 1; i <= n; i++) f[i] = f[i - 1] * i; cout << f[n] * f[k].inv() * f[n - k].inv() << endl; }
//// geometry
#include <bits/stdc++.h>
using namespace std;
using point = complex<double>;
double area(const vector<point> &p) { double s = 0; for (size_t i = 0; i < p.size(); i++) s += imag(conj(p[i]) * p[(i + 1) % p.size()]); return abs(s) / 2; }
int main() { int n; cin >> n; vector<point> p; while (n--) { double x, y; cin >> x >> y; p.emplace_back(x, y); } cout << fixed << setprecision(6) << area(p) << ' ' << accumulate(p.begin(), p.end(), point{}) / double(p.size()); }
//// calculator
#include <bits/stdc++.h>
using namespace std;
struct Parser { string s; size_t i = 0;
  long long term() { if (s[i] == '(') { i++; auto v = sum(); i++; return v; } long long v = 0; while (i < s.size() && isdigit(s[i])) v = v * 10 + s[i++] - '0'; return v; }
  long long product() { auto v = term(); while (i < s.size() && (s[i] == '*' || s[i] == '/')) { char c = s[i++]; auto u = term(); if (c == '/' && !u) throw runtime_error("zero"); v = c == '*' ? v * u : v / u; } return v; }
  long long sum() { auto v = product(); while (i < s.size() && (s[i] == '+' || s[i] == '-')) { char c = s[i++]; auto u = product(); v = c == '+' ? v + u : v - u; } return v; } };
int main() { string line; while (getline(cin, line)) try { Parser p{line}; cout << p.sum() << endl; } catch (const exception &e) { cerr << e.what() << endl; } }
//// sparse table
#include <bits/stdc++.h>
using namespace std;
int main() {
  ios_base::sync_with_stdio(false);
  cin.tie(nullptr);
  int n, q; cin >> n >> q; int k = __lg(n) + 1; vector<vector<int>> t(k, vector<int>(n)); for (int &x : t[0]) cin >> x;
  for (int j = 1; j < k; j++) for (int i = 0; i + (1 << j) <= n; i++) t[j][i] = min(t[j - 1][i], t[j - 1][i + (1 << (j - 1))]);
  while (q--) { int l, r; cin >> l >> r; --l; int j = __lg(r - l); cout << min(t[j][l], t[j][r - (1 << j)]) << '\n'; }
}
//// events
#include <bits/stdc++.h>
using namespace std;
struct Event { int time; string what; bool operator<(const Event &o) const { return time > o.time; } };
int main() { priority_queue<Event> q; int t; string s; while (cin >> t >> s) q.push({t, s}); multiset<int> open; stringstream out;
  while (!q.empty()) { auto [time, what] = q.top(); q.pop(); if (what == "in") open.insert(time); else if (!open.empty()) { out << time - *open.begin() << ' '; open.erase(open.begin()); } else assert(what == "out"); }
  cout << out.str() << (any_of(open.begin(), open.end(), [](int x) { return x < 0; }) ? "early" : "") << endl; }
