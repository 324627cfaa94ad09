from datetime import timedelta

import pytest

from services.identity.settings import LimitSettings, Settings
from services.platform.rate_limits import Rate
from services.platform.settings import load


def test_limits_and_lives_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_LIMIT_SIGN_IN_PER_CLIENT", "7/2m")
    monkeypatch.setenv("GUICHET_SESSION_LIFE", "PT30M")
    settings = load(Settings)
    assert settings.limit_sign_in_per_client == Rate(7, timedelta(minutes=2))
    assert settings.session_life == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GUICHET_LIMIT_SIGN_UP_PER_CLIENT", "often"),
        ("GUICHET_LIMIT_SIGN_UP_PER_CLIENT", "0/h"),
        ("GUICHET_PASSWORD_RESET_LIFE", "PT0S"),
        ("GUICHET_IDENTITY_PORT", "identity"),
        ("GUICHET_PASSWORDS_AT_ONCE", "0"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as left:
        load(Settings)
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert name in said
    assert said.count("\n") == 1


def test_every_limit_is_documented_with_its_default() -> None:
    documented = " ".join((LimitSettings.__doc__ or "").split())
    for name, field in LimitSettings.model_fields.items():
        if name.startswith("limit_"):
            count, seconds = field.default.count, field.default.period.total_seconds()
            written = f"{count}/h" if seconds == 3600 else f"{count}/{seconds / 60:.0f}m"
            assert f"`GUICHET_{name.upper()}` {written}" in documented
