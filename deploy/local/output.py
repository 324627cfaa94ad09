"""What the programs write: whole in a bounded log file each, and prefixed on the terminal."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TextIO

from deploy.local.program import Program

LARGEST_LOG_BYTES = 5_000_000
LINES_REMEMBERED = 12
LONGEST_LINE_BYTES = 1_000_000
COLOURS = (36, 35, 34, 33, 32, 96, 95, 94)
DIM, BOLD, RED = 2, 1, 31


class LogFile:
    """A file that is put aside as `<name>.1` when it is full, in the place of the one before."""

    def __init__(self, path: Path, largest: int = LARGEST_LOG_BYTES) -> None:
        self._path = path
        self._largest = largest
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("ab", buffering=0)
        self._size = self._file.tell()

    def write(self, line: bytes) -> None:
        if self._size + len(line) > self._largest and self._size:
            self._file.close()
            self._path.replace(f"{self._path}.1")
            self._file = self._path.open("ab", buffering=0)
            self._size = 0
        self._size += self._file.write(line) or 0

    def close(self) -> None:
        self._file.close()


class Output:
    """The terminal and the log files of one run.

    Until `show_logs` the programs' lines go to their files alone, so that the steps of a start are seen.
    """

    def __init__(self, logs: Path, names: list[str], stream: TextIO | None = None) -> None:
        self.logs = logs
        self._stream = stream or sys.stdout
        self._width = max(map(len, names), default=0)
        self._colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}
        self._remembered: dict[str, deque[str]] = {name: deque(maxlen=LINES_REMEMBERED) for name in names}
        self._began = time.monotonic()
        self._shows_logs = False

    def show_logs(self) -> None:
        self._shows_logs = True

    def say(self, text: str) -> None:
        """Writes a line of ours, e.g. a step of the start."""
        self._write(text)

    def step(self, name: str, text: str) -> None:
        """Writes what became of one program, and when."""
        clock = self._painted(f"{time.monotonic() - self._began:5.1f} s", DIM)
        self._write(f"{clock}  {self._prefix(name)} {text}")

    def trouble(self, name: str, text: str) -> None:
        self._write(f"{self._prefix(name)} {self._painted(text, RED)}")

    def last_lines(self, name: str) -> str:
        return "\n".join(f"    {line}" for line in self._remembered[name])

    async def follow(self, program: Program, lines: asyncio.StreamReader | None) -> None:
        """Passes on what a program writes to its pipe, until it ends."""
        if lines is None:
            return
        log = LogFile(self.logs / f"{program.name}.log")
        try:
            async for line in whole_lines(lines):
                log.write(line)
                text = line.decode(errors="replace").rstrip()
                self._remembered[program.name].append(text)
                if program.shown and self._shows_logs:
                    self._write(f"{self._prefix(program.name)} {text}")
        finally:
            log.close()

    def _prefix(self, name: str) -> str:
        return self._painted(f"{name:<{self._width}} |", self._colours[name])

    def _painted(self, text: str, colour: int) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._stream.isatty() else text

    def _write(self, text: str) -> None:
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except (BrokenPipeError, UnicodeEncodeError, ValueError):
            return


async def whole_lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yields each line with its end. A line over a million bytes comes in pieces."""
    rest = b""
    while chunk := await stream.read(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE_BYTES:
            yield rest + b"\n"
            rest = b""
    if rest:
        yield rest + b"\n"
