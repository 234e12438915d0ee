"""A seccomp filter: no sockets, no namespaces, no hand on other processes or on anybody's files.

What Landlock leaves open is closed here, since at level ``process`` nothing else would: sockets in
the file system (an agent's, a container engine's), modes, owners and times of files, shared memory,
limits and priorities of other processes. Changing modes, owners and times "succeeds" and does
nothing, since compilers do it to what they write; the rest fails with ``EPERM``. ``clone3``, whose
flags a filter cannot see, is "not implemented", so that the C library takes ``clone``, whose flags
it can. x86-64 only: elsewhere ``available`` is false.
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
_CLONE, _PRLIMIT, _CLONE3, _X32 = 56, 302, 435, 0x40000000
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET
_DENIED = (
    41, 42, 44, 46, 49, 50, 53, 307,  # socket, connect, sendto, sendmsg, bind, listen, socketpair
    29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 220,  # shared memory, semaphores, messages
    240, 241, 242, 243, 244, 245,  # message queues
    141, 142, 144, 203, 251, 256, 279, 314,  # priority, processors and memory of others
    312, 434, 438, 424,  # kcmp, pidfd_open, pidfd_getfd, pidfd_send_signal
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
_PRETENDED = (
    90,
    91,
    268,
    452,  # chmod
    92,
    93,
    94,
    260,  # chown
    132,
    235,
    261,
    280,  # utime
    188,
    189,
    190,
    197,
    198,
    199,
    463,
    466,  # setxattr, removexattr
)


def _program() -> bytes:
    refuse = (_RETURN, 0, 0, _ERRNO | _EPERM)
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_X86_64),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        refuse,
        (_EQUAL, 0, 3, _PRLIMIT),
        (_LOAD, 0, 0, _ARGUMENT),
        (_EQUAL, 1, 0, 0),  # of this process
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
    for number in _PRETENDED:
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO)]
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
