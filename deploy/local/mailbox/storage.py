"""Mails on disk, in one SQLite file: what was answered 250 is there after a kill -9.

The write-ahead log is not forced to the disk: a power cut may lose the last mails of a development
machine, a killed process may not.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS recipients (
    address TEXT NOT NULL COLLATE NOCASE,
    number INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (address, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipients_by_number ON recipients (number);
CREATE INDEX IF NOT EXISTS messages_by_kind ON messages (kind, number);
CREATE INDEX IF NOT EXISTS messages_by_request ON messages (request, number);
"""
LIST = """
SELECT number, content FROM messages
WHERE number < :before
  AND (:kind = '' OR kind = :kind)
  AND (:request = '' OR request = :request)
  AND (:to = '' OR number IN (SELECT number FROM recipients WHERE address = :to))
ORDER BY number DESC LIMIT :limit
"""
NEWEST = 2**62


@dataclass(frozen=True)
class Stored:
    """A mail as it came, and its number: later mails have higher ones."""

    number: int
    content: bytes


class Storage:
    """Calls take well under a millisecond, and are made from one thread."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(directory / "messages.sqlite", isolation_level=None)
        self._database.executescript(
            f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; {SCHEMA}"
        )

    def add(self, content: bytes, recipients: Iterable[str]) -> int:
        """Keeps a mail for its envelope's recipients, and returns its number."""
        headers = BytesHeaderParser(policy=default).parsebytes(content)
        kind, request = headers.get("X-Guichet-Kind", ""), headers.get("X-Guichet-Request", "")
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:
            number = self._database.execute(
                "INSERT INTO messages (kind, request, content) VALUES (?, ?, ?) RETURNING number",
                (str(kind), str(request), content),
            ).fetchone()[0]
            self._database.executemany(
                "INSERT OR IGNORE INTO recipients VALUES (?, ?)", [(one, number) for one in recipients]
            )
        return int(number)

    def page(
        self, *, to: str = "", kind: str = "", request: str = "", before: int = NEWEST, limit: int
    ) -> Sequence[Stored]:
        """Returns mails older than one, newest first. An empty filter lets all through."""
        rows = self._database.execute(
            LIST, {"to": to, "kind": kind, "request": request, "before": before, "limit": limit}
        )
        return [Stored(number, content) for number, content in rows]

    def message(self, number: int) -> Stored | None:
        row = self._database.execute(
            "SELECT number, content FROM messages WHERE number = ?", (number,)
        ).fetchone()
        return None if row is None else Stored(*row)

    def count(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM messages").fetchone()[0])

    def clear(self) -> None:
        self._database.execute("DELETE FROM messages")

    def close(self) -> None:
        self._database.close()
