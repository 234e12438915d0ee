"""A private copy of PyPI ``uroman``, whole and unchanged in what it answers, without its waste.

Hermjakob, May and Knight 2018, "Out-of-the-box universal romanization tool uroman". Its module is
executed a second time under a name of our own, so nothing that another user of ``uroman`` sees is
touched, and four things differ inside that copy:

- patterns are compiled once: it makes some 200 calls to ``regex`` for a line, half of its time;
- Braille is looked for once in a text, not once per character (quadratic: a word of 1 MB takes
  minutes);
- its tables are closed after loading; as ``defaultdict`` they keep every substring ever asked for;
- where two edges of the lattice span the same letters with different text, the first one found
  counts. In ``uroman`` their addresses in memory decide, so it may answer either, from run to run;
  none of the 4,057 golden lines has such a place, random letters of many scripts rarely do.

But for these, the copy answers what ``uroman`` answers.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import threading
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from curate.arrow import digest_of, sha256_of
from curate.errors import EnvironmentError_

PROVEN = "1.3.1.1"
"""The version whose rules the fast lattice and the cut at spaces were proven against."""

_lock = threading.Lock()


class Whole(NamedTuple):
    """Answer of the whole lattice.

    Attributes:
        text: The romanised text.
        looked_left: A rule looked for letters before the first one (Thai O ANG), so the answer
            may differ when there is text to the left.
    """

    text: str
    looked_left: bool


class _Patterns:
    """Stands in for the module ``regex`` in the copy: same functions, patterns compiled once."""

    def __init__(self, regex: ModuleType) -> None:
        self._regex = regex
        self._compile = functools.lru_cache(maxsize=None)(regex.compile)

    def match(self, pattern: str, text: str, flags: int = 0) -> Any:
        return self._compile(pattern, flags).match(text)

    def search(self, pattern: str, text: str, flags: int = 0) -> Any:
        return self._compile(pattern, flags).search(text)

    def sub(self, pattern: str, by: str, text: str) -> Any:
        return self._compile(pattern).sub(by, text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._regex, name)


class _InOrder(dict[Any, None]):
    """A set that remembers the order in which its members came."""

    def add(self, member: Any) -> None:
        self.setdefault(member)


class _Closed(dict[Any, Any]):
    """A ``defaultdict`` that does not keep what was asked for in vain."""

    def __init__(self, items: dict[Any, Any], default: Any) -> None:
        super().__init__(items)
        self._default = default

    def __missing__(self, key: Any) -> Any:
        return self._default


def _file() -> Path:
    """Path of the installed ``uroman.py``.

    Raises:
        EnvironmentError_: ``uroman`` is not installed.
    """
    spec = importlib.util.find_spec("uroman")
    if spec is None or not spec.submodule_search_locations:
        raise EnvironmentError_("romanisation needs uroman; install it: pip install uroman")
    return Path(next(iter(spec.submodule_search_locations))) / "uroman.py"


@functools.cache
def digest() -> str:
    """sha256 over the installed program and every table it reads.

    Raises:
        EnvironmentError_: ``uroman`` is not installed.
    """
    program = _file()
    files = [program, *sorted((program.parent / "data").glob("*.*"))]
    return digest_of([(path.name, sha256_of(path)) for path in files])


def _check_for_scripts(lattice: Any) -> None:
    for char in lattice.s:
        lattice.contains_script[lattice.uroman.chr_script_name(char)] = True
    if any("\u2800" <= char <= "\u28ff" for char in lattice.s):
        lattice.contains_script["Braille"] = True


def _note_looks_to_the_left(lattice: type[Any]) -> None:
    find = lattice.find_rom_edge_path_backwards

    def noting(self: Any, start: int, end: int, *arguments: Any, **named: Any) -> Any:
        found = find(self, start, end, *arguments, **named)
        if not found and end > start:
            self.looked_left = True
        return found

    lattice.find_rom_edge_path_backwards = noting
    lattice.looked_left = False


@functools.cache
def _load() -> tuple[ModuleType, Any]:
    """The copy of the module and its one ``Uroman``, in 1 to 2 s, once per process."""
    spec = importlib.util.spec_from_file_location("curate.text._uroman", _file())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    copy: Any = module
    copy.regex = _Patterns(copy.regex)
    copy.set = _InOrder  # shadows the built-in for this module alone
    copy.Lattice.check_for_scripts = _check_for_scripts
    _note_looks_to_the_left(copy.Lattice)
    collecting = gc.isenabled()
    uroman = copy.Uroman()  # it leaves the collector on, whatever it was
    if not collecting:
        gc.disable()
    uroman.rom_rules = _Closed(uroman.rom_rules, ())
    uroman.dict_bool = _Closed(uroman.dict_bool, False)
    uroman.dict_str = _Closed(uroman.dict_str, "")
    uroman.num_props = _Closed(uroman.num_props, {})
    uroman.scripts = _Closed(uroman.scripts, copy.Script())
    return module, uroman


def tables() -> Any:
    """The loaded ``Uroman``: rules and character properties.

    Raises:
        EnvironmentError_: ``uroman`` is not installed.
    """
    with _lock:
        return _load()[1]


def patterns() -> Any:
    """The compiled-pattern stand-in for ``regex``, with the same Unicode version as the copy."""
    tables()
    copy: Any = _load()[0]
    return copy.regex


def version() -> str:
    """Version that the installed program states."""
    tables()
    copy: Any = _load()[0]
    return str(copy.__version__)


def romanize_whole(text: str, language: str) -> Whole:
    """What ``Uroman().romanize_string(text, lcode=language)`` returns.

    Raises:
        Exception: Whatever ``uroman`` raises; it does so on a few texts, as U+5341 U+5206 U+4E4B.
    """
    uroman = tables()
    copy: Any = _load()[0]
    lattice = copy.Lattice(text, uroman=uroman, lcode=language or None)
    lattice.pick_tibetan_vowel_edge()
    lattice.prep_braille()
    lattice.add_romanization()
    lattice.add_numbers(uroman)
    lattice.add_braille_numbers()
    lattice.add_rom_fall_back_singles()
    edges = lattice.best_rom_edge_path(0, len(text))
    return Whole(lattice.edge_path_to_surf(edges), lattice.looked_left)
