"""A seccomp filter: no network, no namespaces, no looking into other processes.

``socket`` works for ``AF_UNIX`` alone; calls that a compiler has no use for fail with ``EPERM``;
``clone3``, whose flags a filter cannot see, is "not implemented", so that the C library takes
``clone``, whose flags it can. x86-64 only: elsewhere ``available`` is false.
"""

from __future__ import annotations

import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_SET_SECCOMP, _FILTER = 22, 2
_AUDIT_X86_64 = 0xC000003E
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
_SOCKET, _CLONE, _CLONE3, _X32 = 41, 56, 435, 0x40000000
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET
_DENIED = (
    101,  # ptrace
    155, 161, 165, 166,  # pivot_root, chroot, mount, umount2
    175, 176, 313, 246, 320,  # modules, kexec
    248, 249, 250,  # keys
    272, 308,  # unshare, setns
    298, 321, 323,  # perf_event_open, bpf, userfaultfd
    303, 304, 310, 311,  # handles of files, memory of other processes
    425, 426, 427,  # io_uring
    428, 429, 430, 431, 432, 433, 442,  # the newer mount calls
)  # fmt: skip


def _program() -> bytes:
    refuse = (_RETURN, 0, 0, _ERRNO | _EPERM)
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_X86_64),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        refuse,
        (_EQUAL, 0, 3, _SOCKET),
        (_LOAD, 0, 0, _ARGUMENT),
        (_EQUAL, 1, 0, 1),  # AF_UNIX
        refuse,
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 0, 3, _CLONE),
        (_LOAD, 0, 0, _ARGUMENT),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        refuse,
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
    ]
    for number in _DENIED:
        code += [(_EQUAL, 0, 1, number), refuse]
    code.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


_CODE = ctypes.create_string_buffer(_program())
_HEAD = struct.pack("HxxxxxxQ", (len(_CODE) - 1) // 8, ctypes.addressof(_CODE))


def available() -> bool:
    """Whether the filter fits this processor."""
    return os.uname().machine == "x86_64"


def restrict() -> None:
    """Put this process under the filter, for good; ``PR_SET_NO_NEW_PRIVS`` must be set.

    Raises:
        OSError: The kernel refuses.
    """
    if _libc.prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(_HEAD), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
