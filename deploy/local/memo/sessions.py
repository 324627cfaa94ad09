"""Who is signed on to Mémo, in one SQLite file: a restart signs nobody out, a logout token does.

Of a session that Guichet ended its key stays a while, so that its owner is told.
"""

import hashlib
import json
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    key TEXT PRIMARY KEY,
    sub TEXT NOT NULL,
    sid TEXT NOT NULL,
    claims TEXT NOT NULL,
    token TEXT NOT NULL,
    refresh_token TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ended (
    key TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logouts (
    subject TEXT PRIMARY KEY,
    told_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_sid ON sessions (sid);
CREATE INDEX IF NOT EXISTS sessions_by_sub ON sessions (sub);
CREATE INDEX IF NOT EXISTS sessions_by_refresh_token ON sessions (refresh_token);
"""
TOLD_FOR_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class Session:
    """One sign-on: what the ID token said, and the tokens."""

    key: str
    claims: dict[str, Any]
    token: dict[str, Any]


class Sessions:
    """Calls take well under a millisecond, and are made from one thread."""

    def __init__(self, file: Path) -> None:
        file.touch(mode=0o600)
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {SCHEMA}")

    def open(self, claims: dict[str, Any], token: dict[str, Any]) -> str | None:
        """Keeps a sign-on, and returns the value of its cookie, which is not kept.

        Returns None for one that was over before it got here: a logout may overtake the answer that it ends.
        """
        cookie = secrets.token_urlsafe(32)
        overtaken = self._database.execute(
            "SELECT 1 FROM logouts WHERE subject IN (?, ?) AND told_at >= ?",
            (claims.get("sid", ""), claims["sub"], claims["iat"]),
        )
        if overtaken.fetchone():
            return None
        self._database.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(key_of(cookie), claims["sub"], claims.get("sid", "")),
                *(json.dumps(claims), json.dumps(token), token.get("refresh_token")),
            ),
        )
        return cookie

    def find(self, cookie: str) -> Session | None:
        key = key_of(cookie)
        row = self._database.execute("SELECT claims, token FROM sessions WHERE key = ?", (key,)).fetchone()
        return Session(key, json.loads(row[0]), json.loads(row[1])) if row else None

    def refresh(self, former: str, token: dict[str, Any]) -> None:
        """Keeps the tokens that a refresh token was given for."""
        self._database.execute(
            "UPDATE sessions SET token = ?, refresh_token = ? WHERE refresh_token = ?",
            (json.dumps(token), token.get("refresh_token"), former),
        )

    def end(self, key: str) -> None:
        self._database.execute("DELETE FROM sessions WHERE key = ?", (key,))

    def end_by(self, *, sid: str, sub: str, told_at: int) -> int:
        """Ends the sessions of one sign-in, or where it is not said of a person. Returns how many.

        `told_at` is the time of the logout, in seconds, by the clock that gives sign-ons theirs.
        """
        column, value = ("sid", sid) if sid else ("sub", sub)
        now = int(time.time())
        self._database.execute("DELETE FROM logouts WHERE told_at < ?", (now - TOLD_FOR_SECONDS,))
        self._database.execute("INSERT OR REPLACE INTO logouts VALUES (?, ?)", (value, told_at))
        self._database.execute("DELETE FROM ended WHERE ended_at < ?", (now - TOLD_FOR_SECONDS,))
        self._database.execute(
            f"INSERT OR IGNORE INTO ended SELECT key, ? FROM sessions WHERE {column} = ?",  # noqa: S608  # one of two names
            (now, value),
        )
        return self._database.execute(f"DELETE FROM sessions WHERE {column} = ?", (value,)).rowcount  # noqa: S608  # one of two names

    def was_ended(self, cookie: str) -> bool:
        """Says whether a cookie's session was ended by `end_by`, and not long ago."""
        found = self._database.execute("SELECT 1 FROM ended WHERE key = ?", (key_of(cookie),))
        return found.fetchone() is not None

    def close(self) -> None:
        self._database.close()


def key_of(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
