"""The shape of a module: a hash that is equal for copies which differ in names only.

Alpha renaming: local values, blocks, types and the module's own globals are numbered in the order
in which they appear; external functions keep their names, since they say what is called. In the
manner of ``opt -passes=print<structural-hash>``, which ComPile deduplicates by, but constants and
string contents count here.
"""

from __future__ import annotations

import hashlib
import re

_STRING = r'"[^"\n]*"'
_NAME = rf"(?:{_STRING}|[\w.$-]+)"
_LOCAL_OR_STRING = re.compile(rf"%(?P<name>{_NAME})|@{_NAME}|c?{_STRING}")
_LABEL = re.compile(rf"(?m)^(?P<name>{_NAME}):")
_TYPE = re.compile(rf"(?m)^%(?P<name>{_NAME}) = type ")
_DECLARED = re.compile(
    rf"(?m)^(?:declare [^@\n]*@(?P<function>{_NAME})|@(?P<global>{_NAME}) = external)"
)
_ANY = re.compile(
    rf"(?P<sign>[%@$])(?P<name>{_NAME})|c{_STRING}|{_STRING}|(?m:^(?P<label>{_NAME}):)"
)
_BODY = re.compile(r"(?m)^define [^\n]*\{\n(?:(?!define |\}).*\n)*+\}")
_ATTRIBUTES = re.compile(r"(?m)^attributes #\d+ = [^\n]*\n| #\d+\b")
_HEAD = re.compile(r"(?m)^target (?:datalayout|triple) = [^\n]*\n")


def shape_of(ir: str) -> str:
    r"""sha256 of a cleaned module with all names of its own replaced by numbers.

    Example:
        >>> one = "define i32 @f(i32 %a) {\n  ret i32 %a\n}\n"
        >>> shape_of(one) == shape_of(one.replace("%a", "%count").replace("@f", "@g"))
        True
    """
    text = _HEAD.sub("", _ATTRIBUTES.sub("", ir))
    external = {match["function"] or match["global"] for match in _DECLARED.finditer(text)}
    types = {match["name"] for match in _TYPE.finditer(text)}
    own: dict[str, str] = {}
    pieces, end = [], 0
    for body in _BODY.finditer(text):
        pieces.append(_renamed(text[end : body.start()], external, types, own, {}))
        pieces.append(_renamed(body[0], external, types, own, {}))
        end = body.end()
    pieces.append(_renamed(text[end:], external, types, own, {}))
    return hashlib.sha256("".join(pieces).encode()).hexdigest()


def _renamed(
    text: str, external: set[str], types: set[str], own: dict[str, str], local: dict[str, str]
) -> str:
    def number(match: re.Match[str]) -> str:
        sign, name = match["sign"], match["name"]
        if match["label"]:
            name = match["label"]
            return f"{local.setdefault(name, f'%{len(local)}')}:"
        if not sign or (sign == "@" and name in external):
            return match[0]
        if sign == "%" and name not in types:
            return local.setdefault(name, f"%{len(local)}")
        key = f"%{name}" if sign == "%" else f"@{name}"  # a comdat is called like its function
        return sign + own.setdefault(key, str(len(own)))

    return _ANY.sub(number, text)


def numbered_locals(ir: str) -> str:
    r"""The module with every named value and block called ``v0``, ``v1``, … in each function.

    Example:
        >>> print(numbered_locals("define i32 @f(i32 %a) {\nentry:\n  ret i32 %a\n}\n"), end="")
        define i32 @f(i32 %v0) {
        v1:
          ret i32 %v0
        }
    """
    types = {match["name"] for match in _TYPE.finditer(ir)}

    def renumber(body: re.Match[str]) -> str:
        names: dict[str, str] = {}

        def value(match: re.Match[str]) -> str:
            name = match["name"] if match["sign"] == "%" else match["label"]
            if not name or name in types or name.isdigit():
                return match[0]
            new = names.setdefault(name, f"v{len(names)}")
            return f"{new}:" if match["label"] else f"%{new}"

        return _ANY.sub(value, body[0])

    return _BODY.sub(renumber, ir)
