"""Takes from the child that parses files what parsing does not need: memory without end, writing, the network, programs.

On Linux (x86_64, aarch64) all of it: limits of the kernel, and a seccomp filter that answers EPERM. On other machines and
other Unix systems the limits alone, as far as the system knows them. Nothing here knows files, formats or the parent.

What it does not do: hide files. A child taken over by a file can still read what its user can read; the only way out for
it is the pipe to the parent, which takes nothing but text from there. Nor does it stop a child from making copies of
itself, which are as confined as it is (threads are made by the same call).
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import resource
import struct
import sys
from pathlib import Path

OPEN_FILES = 64  # fonts and tables of codecs are opened while parsing; a leak ends here

# A call that is refused -> its number on x86_64 and on aarch64 (asm/unistd_64.h, asm-generic/unistd.h); None: not there.
REFUSED: dict[str, tuple[int | None, int | None]] = {
    # The network. The pipe to the parent is written with plain write().
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    # Other programs and other processes.
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kill": (62, 129), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    # Doors beside the filter: io_uring opens files and sockets without system calls of its own.
    "io_uring_setup": (425, 425), "bpf": (321, 280), "openat2": (437, 437), "open_by_handle_at": (304, 265),
    # Changing the file system; RLIMIT_FSIZE stops writing only.
    "creat": (85, None), "truncate": (76, 45), "ftruncate": (77, 46), "unlink": (87, None), "unlinkat": (263, 35),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53),
    "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
}  # fmt: skip
# Opening is refused where it would write: call -> (numbers, which argument holds the flags).
OPENING: dict[str, tuple[tuple[int | None, int | None], int]] = {"openat": ((257, 56), 2), "open": ((2, None), 1)}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}  # column above, AUDIT_ARCH, seccomp()
X32 = 0x40000000  # calls of the x32 ABI carry this bit and would slip past the numbers above

# Classic BPF (linux/bpf_common.h, linux/seccomp.h): load a word, compare, return.
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; arguments have 8 bytes, the low ones first
PR_SET_NO_NEW_PRIVS, SECCOMP_SET_MODE_FILTER, ALL_THREADS = 38, 1, 1


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def confine(memory: int, open_files: int = OPEN_FILES) -> bool:
    """Give up for good, in this process, what parsing does not need; to be called once all parsers are imported.

    Args:
        memory: bytes of address space beyond what the process has now.

    Returns:
        Whether the filter is in force. Where the kernel does not let it, the limits alone hold.
    """
    if sys.platform == "linux":
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _lower(resource.RLIMIT_AS, used + memory)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, open_files)
    return _install_filter()


def limit_processor_time(seconds: float) -> None:
    """From now on `seconds` of processor time, rounded up; then SIGXCPU ends the process. May be called again."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _lower(limit: int, value: int) -> None:
    """Set a limit, soft and hard, unless a lower one holds already."""
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def _install_filter() -> bool:
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in MACHINES or sys.byteorder != "little" or sys.maxsize < 1 << 32:
        return False
    code = _filter(machine)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    # Without new privileges: what is executed cannot gain any, and in return an ordinary user may install a filter.
    if libc.prctl(PR_SET_NO_NEW_PRIVS, *(ctypes.c_ulong(n) for n in (1, 0, 0, 0))) != 0:
        return False
    call = ctypes.c_long(MACHINES[machine][2])
    mode, flags = ctypes.c_ulong(SECCOMP_SET_MODE_FILTER), ctypes.c_ulong(ALL_THREADS)
    return bool(libc.syscall(call, mode, flags, ctypes.byref(program)) == 0)


def _filter(machine: str) -> bytes:
    """The filter as BPF instructions of 8 bytes: code, jump if true, jump if false, operand."""
    column, architecture, _ = MACHINES[machine]

    def step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("<HBBI", code, if_true, if_false, operand)

    steps = [step(LOAD, ARCHITECTURE), step(EQUAL, architecture, 1, 0), step(RETURN, KILL), step(LOAD, NUMBER)]
    if machine == "x86_64":
        steps += [step(AT_LEAST, X32, 0, 1), step(RETURN, REFUSE)]
    for numbers, argument in OPENING.values():
        if (number := numbers[column]) is not None:
            steps += [
                step(EQUAL, number, 0, 4),
                step(LOAD, ARGUMENTS + 8 * argument),
                step(ANY_BIT, WRITING, 0, 1),
                step(RETURN, REFUSE),
                step(RETURN, ALLOW),
            ]
    for refused in REFUSED.values():
        if (number := refused[column]) is not None:
            steps += [step(EQUAL, number, 0, 1), step(RETURN, REFUSE)]
    return b"".join([*steps, step(RETURN, ALLOW)])
