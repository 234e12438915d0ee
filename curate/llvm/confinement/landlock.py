"""Landlock: which files a process may read, write and run, from now on and for its children.

Kernel documentation, "Landlock: unprivileged access control"; the numbers are those of
``linux/landlock.h`` and the same on all architectures. A kernel older than 5.13, or one that was
started without it, has none: ``version`` is 0.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Sequence

_libc = ctypes.CDLL(None, use_errno=True)
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
# A file may have no rights that only a folder has.
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE
# The scratch folder: no execution, and no links, sockets, pipes or devices are made in it.
_SCRATCH = _WRITE | _READ | _LIST | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE
_HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_HANDLED = (1 << 16) - 1
_RULE_BENEATH = 1


def version() -> int:
    """Version of the kernel's Landlock; 0 if there is none."""
    found = _libc.syscall(_CREATE, None, 0, 1)
    return max(int(found), 0)


def make_ruleset(
    reads: Sequence[str], programs: Sequence[str], scratch: Sequence[str], abi: int
) -> int:
    """A file descriptor of rules: what is not named cannot be opened.

    Args:
        reads: Folders and files that may be read.
        programs: Files that may be run, the dynamic loader among them; nothing else can be.
        scratch: Folders that may be written to.
        abi: What ``version`` returned.

    Raises:
        OSError: The kernel refuses.
    """
    handled = _HANDLED.get(abi, _ALL_HANDLED)
    network = 3 if abi >= 4 else 0  # bind and connect of TCP
    scope = 3 if abi >= 6 else 0  # abstract Unix sockets and signals stay inside
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = _libc.syscall(_CREATE, struct.pack("QQQ", handled, network, scope)[:size], size, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    rights = [(path, _READ | _LIST) for path in reads]
    rights += [(path, _READ | _EXECUTE) for path in programs]
    rights += [(path, _SCRATCH | _REFER | _TRUNCATE) for path in scratch]
    rights += [("/dev/null", _READ | _WRITE | _TRUNCATE)]
    for path, access in rights:
        _allow(ruleset, path, access & handled)
    return int(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no right
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            access &= _OF_FILES
        rule = struct.pack("=Qi", access, beneath)
        if _libc.syscall(_ADD, ruleset, _RULE_BENEATH, rule, 0):
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
    finally:
        os.close(beneath)


def restrict(ruleset: int) -> None:
    """Put this process under the rules, for good; ``PR_SET_NO_NEW_PRIVS`` must be set.

    Raises:
        OSError: The kernel refuses.
    """
    if _libc.syscall(_RESTRICT, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
