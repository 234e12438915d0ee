"""Programs that try to get out, to get in, or not to end; each with the reasons that would be true.

``CANARY`` is the path of a file outside that holds a secret. No reason means that the program
compiles: then it must have learnt nothing.
"""

from __future__ import annotations

from typing import NamedTuple

ACCESS = ("forbidden access",)
TOO_MUCH = ("time limit", "memory limit", "output limit")
HARMLESS = ("",)
CONTEST = (*ACCESS, "missing dependency")  # ziglang has no bits/stdc++.h


class Hostile(NamedTuple):
    language: str
    name: str
    source: str
    reasons: tuple[str, ...]


C = [
    ("include", '#include "CANARY"\nint main(void) { return 0; }', ACCESS),
    ("include passwd", '#include "/etc/passwd"\n', ACCESS),
    ("include by parents", '#include "../../../../../../etc/passwd"\n', ACCESS),
    ("include environment", '#include "/proc/self/environ"\n', ACCESS),
    ("include process 1", '#include "/proc/1/environ"\n', ACCESS),
    ("include input", '#include "/dev/stdin"\nint f(void) { return 1; }', ACCESS),
    ("embed", 'const char x[] = {\n#embed "CANARY"\n};\nint f(void) { return x[0]; }', ACCESS),
    ("probe", '#if __has_include("CANARY")\n#error there\n#endif\nint f(void) { return 1; }', HARMLESS),
    ("incbin", '__asm__(".incbin \\"CANARY\\"");\nint f(void) { return 1; }', HARMLESS),
    ("macro bomb", "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(x)))\n"
     "int f(int x) { return 0; B(B(B(B(B(B(B(x;))))))) }", TOO_MUCH),
    ("include bomb", '#include "source.c"\n#include "source.c"\n', ("syntax error", "semantic error", *TOO_MUCH)),
    ("initializer", "char a[900000000] = {1, [899999999] = 2};\nint f(void) { return a[7]; }",
     (*TOO_MUCH, "internal compiler error")),
    ("deep", "int x = " + "(" * 100000 + "1" + ")" * 100000 + ";", ("syntax error",)),
    ("crash", "#pragma clang __debug crash\nint f(void) { return 1; }", ("internal compiler error",)),
    ("llvm crash", "#pragma clang __debug llvm_fatal_error\nint f(void) { return 1; }",
     ("internal compiler error",)),
    ("empty", "/* nothing */\n", ("no code",)),
    ("terminal", '#include "/dev/tty"\nint f(void) { return 1; }', ACCESS),
    ("root of another process", '#include "/proc/1/root/etc/passwd"\n', ACCESS),
    ("has_embed", '#if __has_embed("CANARY")\n#error there\n#endif\nint f(void) { return 1; }', HARMLESS),
    ("output", "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(x)))\n"
     'const char a[] = B(B("0123456789abcdef" ));\nint f(int n) { return a[n]; }', ("output limit",)),
    # What follows attacks whoever reads the IR: patterns that look at a run of blanks again and
    # again, and names that would begin another function.
    ("blanks", 'const char a[] = "x' + " " * 300000 + 'x";\nint f(int n) { return a[n]; }', HARMLESS),
    ("names", 'int f(void) __asm__("a\\n}\\ndefine i32 @evil() {");\nint f(void) { return 1; }',
     HARMLESS),
    ("talk", "#define A(x) x x x x x x x x x x\n" + "A(A(A(int f(void) { return q; })))",
     ("semantic error",)),
]  # fmt: skip
CPP = [
    ("include", '#include "CANARY"\nint main() { return 0; }', ACCESS),
    ("template bomb", "template <int N, class T> struct A { using L = typename A<N - 1, A<N, T>>::R;\n"
     "using M = typename A<N - 1, A<-N, T>>::R; using R = A<0, A<N, L>>; };\n"
     "template <class T> struct A<0, T> { using R = T; };\nA<40, int>::R x; int f() { return 1; }",
     (*TOO_MUCH, "semantic error")),
    ("template depth", "template <int N> struct A { static constexpr int v = A<N + 1>::v; };\n"
     "int f() { return A<0>::v; }", ("semantic error",)),
    ("constexpr", "constexpr int f() { int n = 0; while (true) n ^= 1; return n; }\n"
     "static_assert(f() == 0);", ("semantic error", *TOO_MUCH)),
    ("doubling", "template <int N> struct F { static constexpr auto g(auto x) {\n"
     "return F<N - 1>::g([x] { return x; }), F<N - 1>::g([x] { return x; }); } };\n"
     "template <> struct F<0> { static constexpr int g(auto x) { return 1; } };\n"
     "int f() { return F<30>::g(1); }", TOO_MUCH),
    ("contest include", '#include <bits/stdc++.h>\n#include "CANARY"\nint main() { return 0; }', CONTEST),
    ("contest bomb", "#include <bits/stdc++.h>\nconstexpr int f() { int n = 0; while (true) n ^= 1; return n; }\n"
     "static_assert(f() == 0);", (*CONTEST, "semantic error", *TOO_MUCH)),
    ("module", 'module;\nimport "CANARY";\nint f() { return 1; }', (*ACCESS, "syntax error", "semantic error",
     "missing dependency", "unsupported feature")),
]  # fmt: skip
OBJC = [
    ("import", '#import "CANARY"\nint main(void) { return 0; }', ACCESS),
    ("import process", '#import "/proc/self/maps"\nint main(void) { return 0; }', ACCESS),
    ("embed", 'const char x[] = {\n#embed "/etc/passwd"\n};\nint f(void) { return x[0]; }', ACCESS),
    (
        "macro bomb",
        "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(x)))\n"
        "int f(int x) { return 0; B(B(B(B(B(B(B(x;))))))) }",
        TOO_MUCH,
    ),
]
RUST = [
    ("include_str", 'pub fn f() -> &\'static str { include_str!("CANARY") }', ACCESS),
    ("include_bytes", 'pub static X: &[u8] = include_bytes!("/etc/passwd");', ACCESS),
    ("module", '#[path = "CANARY"] mod x;\npub fn f() {}', ACCESS),
    ("environment", 'pub fn f() -> usize { option_env!("CURATE_CANARY").map_or(1, |x| x.len()) }\n'
     '#[no_mangle] pub extern "C" fn g() -> &\'static str { option_env!("CURATE_CANARY").unwrap_or("") }',
     HARMLESS),
    ("const loop", "const X: u64 = { let mut n = 0u64; loop { n = n.wrapping_add(1); if n == u64::MAX { break } } n };\n"
     "pub fn f() -> u64 { X }", TOO_MUCH),
    ("type bomb", "fn f<T: Clone>(n: u32, x: T) { if n > 0 { f(n - 1, (x.clone(), x)) } }\n"
     "pub fn g() { f(100, 1u8) }", ("semantic error", *TOO_MUCH)),
    ("process", 'pub static X: &str = include_str!("/proc/self/environ");', ACCESS),
    ("incbin", 'core::arch::global_asm!(".incbin \\"CANARY\\"");\npub fn f() {}\n'
     '#[no_mangle] pub extern "C" fn g() -> i32 { 1 }', HARMLESS),
    ("macro bomb", "macro_rules! a { ($($x:tt)*) => { a!($($x)* $($x)*) } }\npub fn f() { a!(1) }",
     ("semantic error", *TOO_MUCH)),
    ("const memory", "const N: usize = 1 << 34;\npub static X: [u8; N] = [7; N];\n"
     "pub fn f(n: usize) -> u8 { X[n] }", (*TOO_MUCH, "internal compiler error", "semantic error")),
]  # fmt: skip
D = [
    ("import", 'enum x = import("CANARY"); int f() { return x.length; }', ACCESS),
    ("import passwd", 'enum x = import("../../etc/passwd");', ACCESS),
    ("ctfe file", 'import std.file; enum x = readText("CANARY"); int f() { return x.length; }',
     ("semantic error", "forbidden access")),
    ("ctfe loop", "int f() { int n; while (true) n ^= 1; return n; }\nenum x = f();", TOO_MUCH),
    ("ctfe memory", "int f() { int[] a; while (true) a ~= a ~ [1, 2, 3]; return 1; }\nenum x = f();",
     TOO_MUCH),
    ("template bomb", "template A(int n, T...) { static if (n == 0) alias A = T; else\n"
     "alias A = A!(n - 1, T, T); }\nalias X = A!(40, int); int f() { return X.length; }", TOO_MUCH),
    ("mixin", 'mixin(import("/proc/self/environ")); int f() { return 1; }', ACCESS),
    ("ctfe command", 'import std.process; enum x = executeShell("id").output; int f() { return x.length; }',
     ("semantic error", "forbidden access")),
    ("ctfe network", "import std.socket; enum x = new TcpSocket(new InternetAddress(\"127.0.0.1\", 80));",
     ("semantic error", "forbidden access")),
    ("mixin bomb", "string f(int n) { return n ? f(n - 1) ~ f(n - 1) : `int a;`; }\nmixin(f(40));", TOO_MUCH),
]  # fmt: skip
FORTRAN = [
    ("include", "program a\ninclude 'CANARY'\nend program", ACCESS),
    ("include passwd", "program a\ninclude '/etc/passwd'\nend program", ACCESS),
    ("array", "program a\ninteger, parameter :: n = 500000000\n"
     "integer, parameter :: x(n) = [(i, i = 1, n)]\nprint *, x(7)\nend program", TOO_MUCH),
    ("include process", "program a\ninclude '/proc/self/environ'\nend program", ACCESS),
    ("cpp include", '#include "CANARY"\nprogram a\nend program', (*ACCESS, "syntax error")),
    ("module", "program a\nuse, intrinsic :: canary\nend program", ("missing dependency", "semantic error",
     "syntax error")),
]  # fmt: skip
HASKELL_TH = "{-# LANGUAGE TemplateHaskell #-}\nmodule Main where\nimport Language.Haskell.TH\n"
HASKELL = [
    ("process", HASKELL_TH + "main = putStrLn $(runIO (readFile \"/proc/1/environ\") >>= stringE)", ACCESS),
    ("link", HASKELL_TH + "import System.Posix.Files\n"
     'main = print $(runIO (createSymbolicLink "CANARY" "source.ll" >> createSymbolicLink "CANARY" "out.ll")'
     " >> [|1|])", ACCESS),
    ("output", HASKELL_TH + "main = print $(runIO (writeFile \"big\" (cycle \"0123456789\")) >> [|1|])",
     ("output limit", *TOO_MUCH)),
    ("many files", HASKELL_TH + "main = print $(runIO (mapM_ (\\n -> writeFile (show n) \"x\") [1 .. 100000 :: Int])"
     " >> [|1|])", ("output limit",)),
    ("mode", HASKELL_TH + "import System.Posix.Files\n"
     "main = print $(runIO (setFileMode \"CANARY\" 0) >> [|1|])", ("", *ACCESS)),
    ("preprocessor include", '{-# LANGUAGE CPP #-}\n#include "CANARY"\nmain = print 1', ACCESS),
    ("dump elsewhere", "{-# OPTIONS_GHC -ddump-simpl -ddump-to-file -dumpdir CANARY.evil #-}\nmain = print 1",
     ("", *ACCESS)),
    ("read", HASKELL_TH + "main = putStrLn $(runIO (readFile \"CANARY\") >>= stringE)", ACCESS),
    ("write", HASKELL_TH + "main = print $(runIO (writeFile \"CANARY.evil\" \"x\") >> [|1|])", ACCESS),
    ("command", HASKELL_TH + "import System.Process\n"
     "main = putStrLn $(runIO (readProcess \"/usr/bin/id\" [] \"\") >>= stringE)", ACCESS),
    ("preprocessor", "{-# OPTIONS_GHC -F -pgmF /usr/bin/id #-}\nmain = print 1", ACCESS),
    ("fork bomb", HASKELL_TH + "import System.Posix.Process\nimport Control.Monad\n"
     "bomb = forever (forkProcess bomb)\n"
     "main = print $(runIO (forever (forkProcess (forever (return ())))) >> [|1|])",
     ("process limit", *TOO_MUCH)),
    ("loop", HASKELL_TH + "main = print $(runIO (let l n = if n < 0 then return n else l (n + 1 - 1) in l 1)"
     " >>= litE . integerL)", TOO_MUCH),
]  # fmt: skip
NIM = [
    ("staticRead", 'const x = staticRead("CANARY")\necho x', ACCESS),
    ("staticExec", 'const x = staticExec("cat CANARY")\necho x', ("forbidden access", "")),
    ("network", 'const x = staticExec("curl http://127.0.0.1/")\necho x', ("forbidden access", "")),
    ("include", 'include "CANARY"', ACCESS),
    ("emit", '{.emit: """#include "CANARY" """.}\necho 1', ACCESS),
    ("compile", '{.compile: "CANARY".}\necho 1', ("forbidden access", "", "semantic error")),
    ("loop", "proc f(): int =\n  while true: result = result xor 1\nconst x = f()\necho x",
     ("semantic error", *TOO_MUCH)),
    ("process", 'const x = staticRead("/proc/self/environ")\necho x', ACCESS),
    ("fork bomb", 'const x = staticExec("sh -c \\":() { :|:& }; :\\"")\necho x', ("forbidden access", "")),
    ("write", 'static: writeFile("CANARY.evil", "x")\necho 1', ("semantic error", "forbidden access",
     "missing dependency")),
    ("macro bomb", "template a(n: static int): untyped =\n  when n > 0:\n    a(n - 1)\n    a(n - 1)\na(30)",
     ("semantic error", *TOO_MUCH)),
]  # fmt: skip
CRYSTAL = [
    ("process", 'puts {{ read_file("/proc/1/environ") }}', ACCESS),
    ("fork bomb", 'puts {{ system("f() { f | f & }; f; f; sleep 5").stringify }}', (*ACCESS, "process limit",
     *TOO_MUCH)),
    ("link", 'puts {{ system("ln -s CANARY source.ll").stringify }}', ACCESS),
    ("network", 'puts {{ system("exec 3<>/dev/tcp/127.0.0.1/80").stringify }}', ACCESS),
    ("output", 'puts {{ system("while :; do echo 0123456789; done > big").stringify }}', ("output limit", *TOO_MUCH)),
    ("read_file", 'puts {{ read_file("CANARY") }}', ACCESS),
    ("command", "puts {{ `cat CANARY`.stringify }}", ACCESS),
    ("system", 'puts {{ system("id").stringify }}', ACCESS),
    ("environment", 'puts {{ env("CURATE_CANARY") || "none" }}', HARMLESS),
    ("run", 'puts {{ run("/usr/bin/id").stringify }}', ("missing dependency",)),
    ("require", 'require "CANARY"\nputs 1', ACCESS),
    ("macro bomb", "macro a(n)\n  {% if n > 0 %}\n    a({{n - 1}})\n    a({{n - 1}})\n  {% end %}\nend\na(40)",
     TOO_MUCH),
]  # fmt: skip
PYTHON = [
    ("power", "def f():\n    return 9 ** 9 ** 9\n", ("", *TOO_MUCH)),
    ("repeat", 'def f():\n    return "0123456789" * 10 ** 10\n', ("", *TOO_MUCH, "syntax error")),
    ("include", "# cython: language_level=3\ninclude 'CANARY'\n", ("syntax error", *ACCESS)),
    ("header", 'cdef extern from "CANARY":\n    int f()\n', ("semantic error", "syntax error", *ACCESS)),
    ("directive", "# distutils: sources = CANARY\n# cython: emit_code_comments=True\ndef f():\n    return 1\n",
     HARMLESS),
    ("deep", "x = " + "(" * 5000 + "1" + ")" * 5000 + "\n", ("syntax error", "internal compiler error", "",
     *TOO_MUCH)),
]  # fmt: skip

PROGRAMS = [
    Hostile(language, *one)
    for language, programs in (
        ("c", C), ("cpp", CPP), ("objc", OBJC), ("rust", RUST), ("d", D), ("fortran", FORTRAN),
        ("haskell", HASKELL), ("nim", NIM), ("crystal", CRYSTAL),
        ("python", PYTHON),
    )
    for one in programs
]  # fmt: skip
