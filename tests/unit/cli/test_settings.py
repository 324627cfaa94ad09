from pathlib import Path

import pytest

from deploy.local.up import environment_file
from services.cli.settings import CliSettings
from services.platform.settings import load


def test_finds_a_running_system_by_the_file_in_its_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUICHET_STATE_DIR", str(tmp_path))
    awkward = "postgresql://guichet:a'b\\c#d @127.0.0.1:5432"
    running = {"GUICHET_COMPANY_PORT": "9302", "GUICHET_DATABASE_URL": awkward}
    with environment_file(tmp_path / "environment", running):
        assert (tmp_path / "environment").stat().st_mode & 0o777 == 0o600
        settings = load(CliSettings)
        assert settings.company_port == 9302
        assert settings.database_url == awkward
        monkeypatch.setenv("GUICHET_COMPANY_PORT", "9999")
        assert load(CliSettings).company_port == 9999
    monkeypatch.delenv("GUICHET_COMPANY_PORT")
    assert load(CliSettings).company_port == 7302
