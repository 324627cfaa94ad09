from pathlib import Path

import pytest

from deploy.local.settings import LocalSettings
from services.platform.settings import load


def test_links_follow_the_portal_to_another_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_HTTP_PORT", "9090")
    assert load(LocalSettings).exported("")["GUICHET_PUBLIC_URL"] == "http://localhost:9090"
    monkeypatch.setenv("GUICHET_PUBLIC_URL", "https://portail.example.org/")
    assert load(LocalSettings).exported("")["GUICHET_PUBLIC_URL"] == "https://portail.example.org"


def test_an_address_that_is_set_replaces_the_embedded_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_TEMPORAL_ADDRESS", "temporal.example.org:7233")
    monkeypatch.setenv("GUICHET_SMTP_HOST", "relay.example.org")
    monkeypatch.setenv("GUICHET_SMTP_PORT", "587")
    settings = load(LocalSettings)
    exported = settings.exported("postgresql://db.example.org")
    assert (settings.embeds_database, settings.embeds_temporal, settings.embeds_mailbox) == (
        True,
        False,
        False,
    )
    assert exported["GUICHET_TEMPORAL_ADDRESS"] == "temporal.example.org:7233"
    assert (exported["GUICHET_SMTP_HOST"], exported["GUICHET_SMTP_PORT"]) == ("relay.example.org", "587")


def test_by_default_mail_goes_to_the_mailbox_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_MAILBOX_SMTP_PORT", "2025")
    exported = load(LocalSettings).exported("")
    assert (exported["GUICHET_SMTP_HOST"], exported["GUICHET_SMTP_PORT"]) == ("127.0.0.1", "2025")


def test_programs_get_absolute_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    exported = load(LocalSettings).exported("")
    assert exported["GUICHET_STATE_DIR"] == str(tmp_path / ".guichet")
    assert exported["GUICHET_KEYS_DIR"] == str(tmp_path / ".guichet" / "keys")


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_one_line_and_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    monkeypatch.setenv("GUICHET_HTTP_PORT", port)
    with pytest.raises(SystemExit) as left:
        load(LocalSettings)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("wrong settings: GUICHET_HTTP_PORT: ")
