import asyncio
from pathlib import Path

from deploy.local.output import LONGEST_LINE_BYTES, LogFile, whole_lines


def test_a_full_log_is_put_aside_once(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "company.log", largest=20)
    for number in range(9):
        log.write(f"line {number}\n".encode())
    log.close()
    assert (tmp_path / "company.log").read_text() == "line 8\n"
    assert (tmp_path / "company.log.1").read_text() == "line 6\nline 7\n"
    assert len(list(tmp_path.iterdir())) == 2


async def lines_of(*chunks: bytes) -> list[bytes]:
    stream = asyncio.StreamReader()
    for chunk in chunks:
        stream.feed_data(chunk)
    stream.feed_eof()
    return [line async for line in whole_lines(stream)]


async def test_lines_are_whole_and_the_last_one_gets_its_end() -> None:
    assert await lines_of(b"one\ntw", b"o\n\nthree") == [b"one\n", b"two\n", b"\n", b"three\n"]


async def test_an_endless_line_is_cut() -> None:
    written = await lines_of(b"x" * (LONGEST_LINE_BYTES + 70_000))
    assert len(written) == 2
    assert sum(len(line) - 1 for line in written) == LONGEST_LINE_BYTES + 70_000
