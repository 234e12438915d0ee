# Renamed by mistake: this is Python.
import sys
from collections import Counter


def most_common(words, count):
    ranked = Counter(word.lower() for word in words)
    return [word for word, _ in ranked.most_common(count)]


def main():
    words = [word for line in sys.stdin for word in line.split()]
    for word in most_common(words, 10):
        print(word)


if __name__ == "__main__":
    main()
