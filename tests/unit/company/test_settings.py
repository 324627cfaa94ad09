from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.company.settings import CompanySettings, Positive
from services.platform.settings import load
from workflows.access_request.timeline import Delay

durations: TypeAdapter[timedelta] = TypeAdapter(Positive)


def test_delays_and_durations_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_REMIND_AFTER", "PT0.5S")
    monkeypatch.setenv("GUICHET_ESCALATE_AFTER", "3bd")
    monkeypatch.setenv("GUICHET_REMINDER_COOLDOWN", "PT90M")
    settings = load(CompanySettings)
    assert settings.policy.remind_after == Delay(clock=timedelta(seconds=0.5))
    assert settings.policy.escalate_after == Delay(business_days=3)
    assert settings.reminder_policy.cooldown == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GUICHET_REMIND_AFTER", "soon"),
        ("GUICHET_EXPIRE_AFTER", "P99999999999999D"),
        ("GUICHET_ESCALATE_AFTER", "0bd"),
        ("GUICHET_REMINDER_COOLDOWN", "PT0S"),
        ("GUICHET_REMINDER_COOLDOWN", "P99999999999999D"),
        ("GUICHET_DECISION_WAIT", "PT31S"),
        ("GUICHET_MAX_REMINDERS", "-1"),
        ("GUICHET_CLAIM_LIMIT_IN_ALL", "9999999/s"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(CompanySettings)
    said = capsys.readouterr().err
    assert name in said
    assert said.count("\n") == 1


@given(st.text() | st.from_regex(r"-?P[0-9]{0,18}D?(T[0-9.]{0,18}[HMS])?", fullmatch=True))
def test_no_text_breaks_the_reader_of_durations(written: str) -> None:
    try:
        duration = durations.validate_python(written)
    except ValidationError:
        return
    assert duration > timedelta()
