"""A world of its own for the compilers of one worker: made once, at no cost for each program.

User, mount, network, IPC, host name and process namespaces (``unshare(2)``); a private root in
memory that holds only the folders of the toolchain, read-only, ``/proc`` of the new processes and
the scratch folder ``/w``. The calling process is user 65534 inside, so that programs it runs lose
every capability. When process 1 dies, the kernel ends all others.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Sequence
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_NEW = 0x10000000 | 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x20000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = (
    1, 2, 4, 8, 32, 0x1000, 0x4000, 0x40000,
)  # fmt: skip
_KEPT_FLAGS = {2: _NOSUID, 4: _NODEV, 8: _NOEXEC, 1024: 1024, 2048: 2048, 4096: 1 << 21}
_PIVOT_ROOT, _DETACH, _DEATH_SIGNAL = 155, 2, 1
_NOBODY = 65534
_NEW_ROOT = "/sys"  # is always there and holds no compiler; hidden in the new mount namespace only
_MOST_PROCESSES = 400  # the least the kernel accepts is 301


def enter(reads: Sequence[str], scratch: str, scratch_mb: int) -> None:
    """Go into new namespaces; returns in their process 1, the caller waits outside for its end.

    Raises:
        OSError: The kernel does not let us.
    """
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_NEW), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{_NOBODY} {user} 1")
    _write("/proc/self/gid_map", f"{_NOBODY} {group} 1")
    first = os.fork()
    if first:
        _, status = os.waitpid(first, 0)
        os._exit(abs(os.waitstatus_to_exitcode(status)))
    _libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    _new_root(reads, scratch, scratch_mb)
    with contextlib.suppress(OSError):  # since Linux 6.14 a process namespace has its own limit
        _write("/proc/sys/kernel/pid_max", str(_MOST_PROCESSES))
    _libc.sethostname(b"sandbox", 7)


def _new_root(reads: Sequence[str], scratch: str, scratch_mb: int) -> None:
    _mount(None, "/", None, _REC | _PRIVATE)
    _mount("tmpfs", _NEW_ROOT, "tmpfs", _NOSUID | _NODEV, "size=1m,nr_inodes=1k,mode=755")
    for name in (scratch.strip("/"), "dev", "etc", "proc", "outside"):
        os.mkdir(f"{_NEW_ROOT}/{name}")
    flags = f"size={scratch_mb}m,nr_inodes=16k,mode=755"
    _mount("tmpfs", _NEW_ROOT + scratch, "tmpfs", _NOSUID | _NODEV | _NOEXEC, flags)
    for path in (*reads, "/dev/null"):
        if os.path.exists(path):
            _show(path)
    for name in ("bin", "lib", "lib64"):
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{_NEW_ROOT}/{name}")
    _mount("proc", f"{_NEW_ROOT}/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    os.chdir(_NEW_ROOT)
    _check(_libc.syscall(_PIVOT_ROOT, b".", b"outside"), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(b"/outside", _DETACH), "umount")
    os.rmdir("/outside")


def _show(path: str) -> None:
    """Bind a folder or file into the new root, read-only."""
    there = _NEW_ROOT + path
    if os.path.isdir(path):
        os.makedirs(there, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(there), exist_ok=True)
        with open(there, "a"):
            pass
    _mount(path, there, None, _BIND | _REC)
    if path.startswith("/dev/"):
        return
    # A user namespace may not take away flags that a mount came with.
    old = os.statvfs(path).f_flag
    kept = sum(flag for bit, flag in _KEPT_FLAGS.items() if old & bit)
    _mount(None, there, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | kept)


def _mount(source: str | None, where: str, kind: str | None, flags: int, data: str = "") -> None:
    done = _libc.mount(
        source.encode() if source else None,
        where.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _check(done, f"mount {where}")


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    Path(path).write_text(text)
