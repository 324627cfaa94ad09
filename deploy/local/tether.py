"""Becomes another program, one that ends when whoever started it is gone.

Run as a script: `tether.py PARENT SIGNAL ACCOUNT PROGRAM ARGUMENT...`. PARENT is the process id of the one
that starts it, SIGNAL what Linux sends when that one is gone, ACCOUNT the system account to become (empty:
stay). It imports nothing of Guichet, so that it costs a few milliseconds.
"""

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, number, account, *argv = sys.argv[1:]
    # Everything is imported before an account is left that can read the interpreter's files.
    follow = follower() if sys.platform == "linux" else None
    if account:
        become(account)
    if follow is not None:
        follow(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != int(parent):
            sys.exit("whoever started this is gone")
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    os.execv(argv[0], argv)  # noqa: S606 - replacing this process is its purpose


def become(account: str) -> None:
    import pwd  # noqa: PLC0415 - needed as root only

    entry = pwd.getpwnam(account)
    os.chdir("/")
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def follower() -> "Callable[[int, int], int]":
    """Returns Linux's prctl. What it asks for is undone by a change of account."""
    import ctypes  # noqa: PLC0415 - needed on Linux only

    return ctypes.CDLL(None).prctl


if __name__ == "__main__":
    main()
