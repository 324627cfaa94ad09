import os
import time
from pathlib import Path

import pytest

from services.platform.service_identity import (
    ACCOUNT_TOKEN_SECONDS,
    SERVICES,
    ServiceIdentity,
    TrustedServices,
    create_keys,
)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def assert_everyone_is_trusted(directory: Path) -> None:
    trusted = TrustedServices(directory)
    for service in SERVICES:
        identity = ServiceIdentity(service, directory)
        assert trusted.caller(identity.token_for("company"), "company") == service
        assert len(identity.secret) == 32


def test_private_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    create_keys(tmp_path)
    for service in SERVICES:
        for kind, mode in (("key", 0o600), ("secret", 0o600), ("pub", 0o644)):
            assert (tmp_path / f"{service}.{kind}").stat().st_mode & 0o777 == mode
    assert_everyone_is_trusted(tmp_path)


def test_creating_keys_again_changes_nothing(tmp_path: Path) -> None:
    create_keys(tmp_path)
    before = contents(tmp_path)
    create_keys(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("kind", ["key", "secret", "pub"])
def test_an_empty_file_counts_as_missing(tmp_path: Path, kind: str) -> None:
    create_keys(tmp_path)
    (tmp_path / f"company.{kind}").write_bytes(b"")
    create_keys(tmp_path)
    assert_everyone_is_trusted(tmp_path)


def test_a_lost_public_key_is_derived_from_the_private_one(tmp_path: Path) -> None:
    create_keys(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "company.pub").unlink()
    create_keys(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("nth", range(1, 3 * len(SERVICES) + 1, 4))
def test_an_interruption_at_any_file_leaves_keys_that_can_be_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    create_keys(tmp_path)
    for service in SERVICES:
        (tmp_path / f"{service}.key").unlink()
        (tmp_path / f"{service}.secret").unlink()
    writes = 0

    def interrupted(descriptor: int) -> None:
        nonlocal writes
        writes += 1
        if writes == nth:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        create_keys(tmp_path)
    assert all(path.stat().st_size for path in tmp_path.iterdir())
    monkeypatch.undo()
    create_keys(tmp_path)
    assert_everyone_is_trusted(tmp_path)


def test_an_account_token_is_signed_anew_once_half_of_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_keys(tmp_path)
    identity, trusted = ServiceIdentity("identity", tmp_path), TrustedServices(tmp_path)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    first = identity.account_token("claire")
    now += ACCOUNT_TOKEN_SECONDS / 2 - 1
    assert identity.account_token("claire") == first
    assert trusted.account_id(identity.account_token("bruno")) == "bruno"
    now += 2
    second = identity.account_token("claire")
    assert second != first
    now += ACCOUNT_TOKEN_SECONDS / 2
    assert trusted.account_id(second) == "claire"
