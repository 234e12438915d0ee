# Counts vowels in the lines of standard input.
import std/[strutils, tables]

proc vowels(line: string): CountTable[char] =
  for letter in line.toLowerAscii:
    if letter in {'a', 'e', 'i', 'o', 'u'}:
      result.inc(letter)

for line in stdin.lines:
  echo vowels(line)
