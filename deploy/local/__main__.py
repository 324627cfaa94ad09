"""Runs Guichet on this machine: `python -m deploy.local`, or `make up`."""

import asyncio
import contextlib
import io
import os
import signal
import sys


def main() -> None:
    # Until the event loop has handlers of its own, nothing is started that would have to be stopped.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    leave(run())


def run() -> int | str | None:
    from deploy.local.settings import LocalSettings  # noqa: PLC0415 - a second of imports: handlers first
    from deploy.local.up import up  # noqa: PLC0415
    from services.platform.settings import load  # noqa: PLC0415

    try:
        return asyncio.run(up(load(LocalSettings)))
    except SystemExit as left:
        return left.code


def leave(code: int | str | None) -> None:
    """Ends the process without the interpreter's clean-up, in which Temporal's client may crash."""
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        code = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    main()
