"""Style and script of the portal: a file each, named after its content, compressed once."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"
STYLESHEETS = ("tokens", "base", "layout", "blocks/*")
YEAR = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=60"


@dataclass(frozen=True)
class Asset:
    """A file that browsers load. Its address changes with its content, so that it is kept for a year."""

    name: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:16]

    @property
    def path(self) -> str:
        return f"/static/{self.digest}/{self.name}"


def bundled(folder: str, suffix: str, patterns: tuple[str, ...]) -> bytes:
    """Joins files in the order of their patterns."""
    files = [path for pattern in patterns for path in sorted((STATIC / folder).glob(pattern + suffix))]
    return b"\n".join(path.read_bytes() for path in files)


ASSETS = {
    asset.name: asset
    for asset in (
        Asset("portal.css", "text/css", bundled("css", ".css", STYLESHEETS)),
        Asset("portal.js", "text/javascript", bundled("js", ".js", ("*",))),
        Asset("mark.svg", "image/svg+xml", (STATIC / "mark.svg").read_bytes()),
    )
}
COMPRESSED = {name: gzip.compress(asset.content, 9, mtime=0) for name, asset in ASSETS.items()}


def asset_path(name: str) -> str:
    return ASSETS[name].path
