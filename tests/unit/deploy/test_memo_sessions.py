"""Mémo's sessions: none outlives the logout that was for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.memo.sessions import Sessions

TOKEN = {"access_token": "a", "refresh_token": "r"}


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = Sessions(tmp_path / "sessions.sqlite")
    yield opened
    opened.close()


def claims(at: int, *, sid: str = "sign-in-1", sub: str = "claire") -> dict[str, Any]:
    return {"sub": sub, "sid": sid, "iat": at}


def test_a_sign_on_that_its_logout_has_overtaken_is_not_opened(sessions: Sessions) -> None:
    sessions.end_by(sid="sign-in-1", sub="claire", told_at=100)
    assert sessions.open(claims(99), TOKEN) is None
    assert sessions.open(claims(100), TOKEN) is None
    assert sessions.open(claims(99, sid="sign-in-2"), TOKEN)


def test_a_logout_of_a_person_overtakes_each_of_their_sign_ins(sessions: Sessions) -> None:
    sessions.end_by(sid="", sub="claire", told_at=100)
    assert sessions.open(claims(99), TOKEN) is None
    assert sessions.open(claims(99, sub="bruno"), TOKEN)


def test_whoever_signs_on_after_the_logout_is_let_in_and_out_again(sessions: Sessions) -> None:
    sessions.end_by(sid="sign-in-1", sub="claire", told_at=100)
    cookie = sessions.open(claims(101), TOKEN)
    assert cookie
    assert sessions.find(cookie)
    assert sessions.end_by(sid="sign-in-1", sub="claire", told_at=102) == 1
    assert sessions.find(cookie) is None
    assert sessions.was_ended(cookie)
