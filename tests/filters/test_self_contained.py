"""What programs of twelve languages ask for, against what their compilers found missing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.byte_columns import HOSTILE

from curate.code.dependencies import foreign_names
from curate.code.scan import LANGUAGES
from curate.filters.self_contained import SelfContained

CASES = [
    ("c", "#include <stdio.h>\n#include <unistd.h>\n#  include <immintrin.h>\n", []),
    ("c", '// #include <gmp.h>\nchar *s = "\\\n#include <gmp.h>";\n', []),
    ("c", "#ifdef _WIN32\n#include <windows.h>\n#endif\n", []),
    ("c", "#ifndef A_H\n#define A_H\n#include <gmp.h>\n#endif\n", ["gmp.h"]),
    ("c", "#if 0 /* x */\n# if 1\n#include <a.h>\n# endif\n#endif\n#include <b.h>\n", ["b.h"]),
    ("c", '#include "stdio.h"\n  #include"../list.h"\n#embed "a.png"\n', ["../list.h", "a.png"]),
    ("c", "#include <vector>\n#include HEADER\n", ["vector", "HEADER"]),
    ("cpp", "#include <bits/stdc++.h>\n#include <format>\n#include <boost/any.hpp>\n",
     ["boost/any.hpp"]),
    ("cpp", 'auto s = R"x(\n#include <a.h>\n)x";\nimport std;\nimport mine;\n', ["mine"]),
    ("objc", "#import <Foundation/Foundation.h>\n@import UIKit;\n#import <AppKit/AppKit.h>\n",
     ["AppKit/AppKit.h", "UIKit"]),
    ("rust", "use std::io;\nuse rand::Rng;\nextern crate num;\nmod list;\n",
     ["num", "list", "rand"]),
    ("rust", "mod a { pub enum B { C } }\nuse a::B;\nuse B::*;\nfn f() { u8::MAX; a::g() }\n", []),
    ("rust", "use {std::fs, serde::de};\n#[cfg(test)]\nmod tests { use proptest::x; }\n",
     ["serde"]),
    ("rust", 'fn f() { rand::random(); "rng::x"; }\nconst A: &str = include_str!("a");\n',
     ["include_str!", "rand"]),
    ("rust", "use crate::shape::Circle;\n", ["crate::shape"]),
    ("d", "import std.stdio, core.stdc.math : sin;\nimport io = std.file;\nimport arsd.cgi;\n",
     ["arsd.cgi"]),
    ("d", '/+ import a; /+ +/ import b; +/ enum x = import("file.txt"); // import c;\n',
     ["import()"]),
    ("fortran", "module own\nend module\nprogram p\n use own\n USE, INTRINSIC :: ISO_C_BINDING\n"
     " use mpi ! no\n include 'x.inc'\nend\n", ["mpi", "x.inc"]),
    ("haskell", "import qualified Data.Map as M\nimport Data.List.Split (splitOn)\n"
     "-- import A\n{- import B {- -} import C -}\n", ["Data.List.Split"]),
    ("nim", "import std/[strutils, os], math\nfrom bigints import x\nimport\n  tables,\n  npeg\n"
     "when defined(js):\n  import jsthing\n#[ import a #[ ]# import b ]#\n", ["bigints", "npeg"]),
    ("nim", 'import "../helpers"\ninclude strutils\nimport parseopt except x, y\n', ["../helpers"]),
    ("crystal", 'require "json"\nrequire "./list"\nrequire "kemal"\n# require "x"\n',
     ["./list", "kemal"]),
    ("swift", "import Foundation\n@testable import Mine\nimport struct Big.Int\n"
     "#if canImport(UIKit)\nimport UIKit\n#endif\n", ["Mine", "Big"]),
    ("python", 'import os.path as p, numpy as np\nfrom . import x\nfrom .. y import z\n"""\nimport q\n'
     '"""\ntry:\n    import fast\nexcept ImportError:\n    import slow\n', ["numpy", ".", "..y"]),
    ("go", 'import (\n\tm "math/rand"\n\t"github.com/a/b" // "c"\n)\nimport "C"\n',
     ["github.com/a/b", "C"]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "program", "names"), CASES)
def test_names_beyond_the_standard_library_are_found(
    language: str, program: str, names: list[str]
) -> None:
    assert foreign_names(program.encode(), language) == names


def test_no_language_is_without_a_case() -> None:
    assert {language for language, _, _ in CASES} == set(LANGUAGES)


def test_real_programs_are_judged_as_the_corpus_says(data_dir: Path) -> None:
    rows = pq.read_table(
        data_dir / "sltrans_sources/programs.parquet",
        columns=["source", "lang", "looks_self_contained"],
    )
    verdict = SelfContained(text="source", language_column="lang")(rows)
    sound = rows["looks_self_contained"].to_pylist()
    kept = verdict.keep.to_pylist()
    # the corpus's own heuristic looks at includes and imports: the two rarely differ
    assert sum(a != b for a, b in zip(sound, kept, strict=True)) <= 0.05 * len(sound)


def test_a_language_that_is_not_known_is_told_apart_from_a_missing_text() -> None:
    rows = pa.table({"text": ["x", None], "lang": ["cobol", "c"]})
    verdict = SelfContained(language_column="lang")(rows)
    assert verdict.reason.to_pylist() == ["unknown language", "no code"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_bytes_are_scanned(language: str) -> None:
    for text in HOSTILE.values():
        assert foreign_names(text or b"", language) is not None
