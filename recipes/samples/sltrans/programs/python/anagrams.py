"""Groups the words of standard input by their letters."""

import sys
from collections import defaultdict


def anagrams(words):
    groups = defaultdict(set)
    for word in words:
        groups["".join(sorted(word.lower()))].add(word)
    return [sorted(group) for group in groups.values() if len(group) > 1]


if __name__ == "__main__":
    for group in anagrams(sys.stdin.read().split()):
        print(*group)
