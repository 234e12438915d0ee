"""C++: clang, GNU C++20, libstdc++ of Debian or libc++ of ``ziglang``.

libstdc++ 12 has no ``<format>``; libc++ has no ``bits/stdc++.h``. Programs of contests begin with
that header, which takes four fifths of their time, so it is read once (``precompiled``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from curate.llvm import clang
from curate.llvm.adapter import (
    Adapter,
    Command,
    Header,
    Missing,
    Mode,
    Stages,
    Toolchain,
    one_stage_each,
)

_FLAGS = ("-std=gnu++20",)
# Blanks and comments, then the header, and nothing else. A backslash may join lines and a lone
# carriage return end one, so that a comment would not be what it seems: neither fits.
_BEGINS = re.compile(
    r"(?:[ \t\n]++|//[^\n\r\\]*+\n|/\*(?>[^\\]*?\*/))*+"
    r"#[ \t]*+include[ \t]*+<bits/stdc\+\+\.h>[ \t]*+(?:\n|//[^\n\r\\]*+\n|\Z)"
)
_PROBE = """#include <bits/stdc++.h>
using namespace std;
template <class T> struct Tree { map<string, vector<T>> of; inline static int made = 0; };
static Tree<pair<int, long long>> tree;
int main() {
  ios::sync_with_stdio(false);
  priority_queue<array<int, 3>> queue; set<int> seen; mt19937 dice(7);
  auto later = [&](auto self, int n) -> int { return n < 2 ? n : self(self, n - 1) + n; };
  try { for (int n; cin >> n;) queue.push({n, later(later, n), int(dice())}); }
  catch (const exception &error) { cerr << error.what(); }
  tree.of["a"].emplace_back(1, 2); sort(tree.of["a"].rbegin(), tree.of["a"].rend());
  cout << fixed << setprecision(9) << seen.size(); assert(queue.empty()); return ++tree.made;
}
"""


def _find() -> Toolchain | Missing:
    return clang.find("cpp")


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    start = toolchain.commands["clang++"]
    return one_stage_each(
        lambda mode: (clang.compile_command(start, mode, _FLAGS, "source.cpp"),), modes
    )


def _where(toolchain: Toolchain, mode: Mode) -> Command:
    start = toolchain.commands["clang++"]
    return Command((*start, "-M", f"-{mode}", *_FLAGS, "source.cpp", "-o", "out.d"))


def _build(toolchain: Toolchain, mode: Mode, header: str) -> Command:
    start = (*toolchain.commands["clang++"], "-x", "c++-header")
    return Command((*start, f"-{mode}", *_FLAGS, *clang.FLAGS, header, "-o", "out.pch"))


ADAPTER = Adapter(
    language="cpp",
    title="C++",
    file_name="source.cpp",
    find=_find,
    stages=_stages,
    absent=clang.ABSENT,
    newer=clang.NEWER,
    grammar=clang.GRAMMAR,
    complaint=clang.COMPLAINT,
    header=Header("bits/stdc++.h", _BEGINS, _where, _build, _PROBE),
)
