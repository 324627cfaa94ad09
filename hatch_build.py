"""Build hook: generates the gRPC stubs from protos/ into the git-ignored folder generated/."""

import os
import sysconfig
from importlib.resources import files
from pathlib import Path
from shutil import rmtree, which
from typing import Any

from grpc_tools import protoc
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StubsBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        generate(Path(self.root))


def generate(root: Path) -> None:
    """Writes the stubs of every proto below root/protos.

    Raises:
        SystemExit: a proto does not compile; protoc has printed where.
    """
    protos, generated = root / "protos", root / "generated"
    sources = sorted(str(path) for path in protos.rglob("*.proto"))
    rmtree(generated, ignore_errors=True)
    generated.mkdir()
    code = protoc.main(
        [
            "protoc",
            f"-I{protos}",
            f"-I{files('grpc_tools') / '_proto'}",
            f"--python_out={generated}",
            f"--grpc_python_out={generated}",
            *(f"--plugin={name}={plugin(name)}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")),
            f"--mypy_out=quiet:{generated}",
            f"--mypy_grpc_out=quiet:{generated}",
            *sources,
        ]
    )
    if code:
        raise SystemExit(f"protoc failed with code {code}")


def plugin(name: str) -> str:
    """Returns the path of a protoc plugin: beside this Python, or where a build environment has it."""
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return which(name, path=places) or name


if __name__ == "__main__":
    generate(Path(__file__).parent)
