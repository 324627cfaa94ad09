"""The supervisor, on tiny real programs."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from deploy.local.leftovers import RunningPrograms, start_time
from deploy.local.output import Output
from deploy.local.program import Program, ProgramFailed
from deploy.local.supervisor import Supervisor

SERVES = """
import pathlib, signal, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
events = folder / "events"
def say(event):
    with events.open("a") as file:
        file.write(f"{event} {name}\\n")
def stop(*_):
    time.sleep(0.05)
    say("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
say("started")
(folder / f"{name}.ready").touch()
print(f"{name} says hello")
while True:
    time.sleep(60)
"""


def part(
    name: str, folder: Path, *, needs: tuple[str, ...] = (), uses: tuple[str, ...] = (), code: str = SERVES
) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-u", "-c", code, name, str(folder)),
        ready=ready_file(folder / f"{name}.ready"),
        needs=needs,
        uses=uses,
    )


def ready_file(path: Path) -> Callable[[], Awaitable[None]]:
    async def ready() -> None:
        await asyncio.to_thread(path.stat)

    return ready


def events(folder: Path) -> list[str]:
    return (folder / "events").read_text().splitlines()


class Started:
    """A supervisor of some programs, and what it wrote."""

    def __init__(self, folder: Path, *programs: Program) -> None:
        self.folder = folder
        self.written = io.StringIO()
        output = Output(folder / "logs", [program.name for program in programs], self.written)
        output.show_logs()
        self.running = RunningPrograms(folder / "run")
        self.supervisor = Supervisor(programs, output, self.running)

    def process_id(self, name: str) -> int:
        process_id = self.supervisor.process_id(name)
        assert process_id is not None
        return process_id

    async def until(self, text: str) -> None:
        async with asyncio.timeout(30):
            while text not in self.written.getvalue():
                await asyncio.sleep(0.01)


async def test_starts_what_is_needed_first_and_stops_it_last(tmp_path: Path) -> None:
    started = Started(
        tmp_path,
        part("gateway", tmp_path, needs=("company",)),
        part("company", tmp_path, needs=("postgres",), uses=("temporal",)),
        part("postgres", tmp_path),
        part("temporal", tmp_path),
    )
    await started.supervisor.start()
    await started.supervisor.stop()
    seen = events(tmp_path)
    assert seen.index("started postgres") < seen.index("started company") < seen.index("started gateway")
    assert seen.index("stopped gateway") < seen.index("stopped company") < seen.index("stopped postgres")
    assert seen.index("stopped company") < seen.index("stopped temporal")


async def test_starts_a_killed_program_again_and_says_so(tmp_path: Path) -> None:
    started = Started(tmp_path, part("company", tmp_path))
    await started.supervisor.start()
    first = started.process_id("company")
    (tmp_path / "company.ready").unlink()
    os.kill(first, signal.SIGKILL)
    await started.until("is ready again")
    second = started.process_id("company")
    await started.supervisor.stop()
    assert second != first
    assert "was ended by SIGKILL; starting it again in 0.2 s" in started.written.getvalue()
    assert events(tmp_path) == ["started company", "started company", "stopped company"]


async def test_stop_ends_a_program_that_waits_to_be_started_again(tmp_path: Path) -> None:
    started = Started(tmp_path, part("company", tmp_path))
    await started.supervisor.start()
    os.kill(started.process_id("company"), signal.SIGKILL)
    await started.until("starting it again")
    await started.supervisor.stop()
    assert started.supervisor.process_id("company") is None
    assert events(tmp_path) == ["started company"]


async def test_a_program_that_ends_before_it_is_ready_fails_the_start_with_its_last_words(
    tmp_path: Path,
) -> None:
    code = "import sys; sys.exit('wrong settings: GUICHET_X')"
    started = Started(tmp_path, part("company", tmp_path, code=code), part("identity", tmp_path))
    with pytest.raises(ProgramFailed, match=r"company ended with code 1 (.|\n)*wrong settings: GUICHET_X"):
        await started.supervisor.start()
    await started.supervisor.stop()
    assert started.supervisor.process_id("identity") is None


async def test_prefixes_lines_and_keeps_them_in_a_file(tmp_path: Path) -> None:
    started = Started(tmp_path, part("company", tmp_path))
    await started.supervisor.start()
    await started.until("company | company says hello")
    await started.supervisor.stop()
    assert (tmp_path / "logs" / "company.log").read_text() == "company says hello\n"


async def test_kill_ends_programs_that_ignore_the_request_to_stop(tmp_path: Path) -> None:
    code = SERVES.replace("signal.SIGTERM, stop", "signal.SIGTERM, signal.SIG_IGN")
    started = Started(tmp_path, part("company", tmp_path, code=code))
    await started.supervisor.start()
    process_id = started.process_id("company")
    stopping = asyncio.create_task(started.supervisor.stop())
    await asyncio.sleep(0.1)
    assert not stopping.done()
    started.supervisor.kill()
    await stopping
    assert start_time(process_id) == ""


async def test_ends_what_an_earlier_run_left_but_not_a_process_that_got_its_id(tmp_path: Path) -> None:
    sleeping = [await asyncio.create_subprocess_exec("sleep", "60") for _ in range(2)]
    left, other = sleeping
    running = RunningPrograms(tmp_path)
    program = part("company", tmp_path)
    running.started(program, left.pid)
    (tmp_path / "identity.process").write_text(f"{other.pid} 15 1")
    (tmp_path / "gateway.process").write_text("nonsense")
    reaped = asyncio.create_task(left.wait())
    assert await asyncio.to_thread(running.end_leftovers) == ["company"]
    assert await reaped == -signal.SIGTERM
    assert other.returncode is None
    other.kill()
    await other.wait()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
async def test_programs_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    code = f"""
import asyncio, pathlib
from tests.integration.deploy.test_supervisor import Started, part
async def run():
    folder = pathlib.Path({str(tmp_path)!r})
    started = Started(folder, part("company", folder))
    await started.supervisor.start()
    print(started.process_id("company"), flush=True)
    await asyncio.sleep(60)
asyncio.run(run())
"""
    root = Path(__file__).parents[3]
    supervising = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=root
    )
    assert supervising.stdout is not None
    process_id = int(await supervising.stdout.readline())
    assert start_time(process_id)
    supervising.kill()
    await supervising.wait()
    async with asyncio.timeout(20):
        while start_time(process_id):
            await asyncio.sleep(0.01)
    assert events(tmp_path) == ["started company", "stopped company"]
