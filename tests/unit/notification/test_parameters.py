import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.kinds import KINDS, kind_named
from services.notification.domain.parameters import BIDI_CONTROLS, LONGEST_TEXT, line, lines
from services.notification.domain.recipients import Audience, each_once, recipient
from services.platform.errors import InvalidArgument
from tests.unit.notification.examples import REQUEST_ID, claire, parameters_of


@given(st.text())
def test_a_line_that_is_let_through_is_one_line_without_controls(text: str) -> None:
    try:
        read = line(text)
    except ValueError:
        return
    assert len(read.splitlines()) <= 1
    assert not BIDI_CONTROLS & set(read)
    assert all(character >= " " and not "\x7f" <= character <= "\x9f" for character in read)
    read.encode()


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\rb",
        "a\0b",
        "a\u202eb",
        "a\u2066b",
        "a\u2028b",
        "\ud800",
        "a\x85b",
        "x" * (LONGEST_TEXT + 1),
    ],
)
def test_a_line_refuses_what_could_change_the_form_of_a_mail(text: str) -> None:
    with pytest.raises(ValueError, match=r"character|too long"):
        line(text)


def test_several_lines_are_kept_as_lines() -> None:
    assert lines("un\r\ndeux\n") == "un\ndeux"
    with pytest.raises(ValueError, match="character"):
        lines("un\n\u202edeux")


@pytest.mark.parametrize("kind_name", KINDS)
def test_each_required_parameter_is_required(kind_name: str) -> None:
    kind = KINDS[kind_name]
    complete = parameters_of(kind_name)
    for name in kind.required:
        missing = {other: value for other, value in complete.items() if other != name}
        with pytest.raises(InvalidArgument) as refused:
            kind.read(missing, REQUEST_ID)
        assert (refused.value.reason, refused.value.field) == ("parameter_missing", name)


@pytest.mark.parametrize(
    ("kind_name", "name", "value"),
    [
        ("access_request_cancelled", "cancel_time", "yesterday"),
        ("access_request_cancelled", "cancel_time", "2026-11-23T09:12:00"),
        ("access_request_cancelled", "company_name", "Ateliers\nMorel"),
        ("access_request_reminder", "reminder_count", "-1"),
        ("access_request_reminder", "origin", "somebody"),
        ("access_request_received", "requester_email_confusable", "yes"),
        ("access_request_settled", "verdict", "maybe"),
        ("access_request_approved", "role", "owner"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(kind_name: str, name: str, value: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        kind_named(kind_name).read({**parameters_of(kind_name), name: value}, REQUEST_ID)
    assert (refused.value.reason, refused.value.field) == ("parameter_invalid", name)


def test_a_parameter_that_no_template_asks_for_is_let_be() -> None:
    read = kind_named("account_exists").read({"something": "new"}, "")
    assert read == {}


@pytest.mark.parametrize(
    "email",
    [
        *("", "claire", "a@b", "claire@localhost", "a@example.com, b@example.com", "Nom <a@example.com>"),
        *('"quoted"@example.com', "a@[127.0.0.1]", "a@example.com\r\nBcc: b@example.com", "a\0@example.com"),
        f"{'x' * 65}@example.com",
    ],
)
def test_an_address_that_is_not_one_plain_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        recipient(recipient_id="1", email=email, name="", locale="fr")
    assert refused.value.reason == "email_invalid"


def test_a_domain_outside_ascii_is_written_as_relays_take_it() -> None:
    found = recipient(recipient_id="1", email="claire@café.example", name="", locale="fr")
    assert found.email == "claire@xn--caf-dma.example"


@pytest.mark.parametrize(
    ("locale", "language"), [("fr", "fr"), ("en", "en"), ("en-GB", "en"), ("", "fr"), ("de", "fr")]
)
def test_whoever_reads_neither_language_is_written_to_in_french(locale: str, language: str) -> None:
    assert recipient(recipient_id="1", email="a@example.com", name="", locale=locale).language == language


@pytest.mark.parametrize(
    ("recipient_id", "audience"),
    [
        ("contact:abc", Audience.CONTACT),
        ("operator:abc", Audience.OPERATOR),
        ("account", Audience.ACCOUNT),
        ("other:abc", Audience.ACCOUNT),
    ],
)
def test_the_audience_shows_in_the_recipients_id(recipient_id: str, audience: Audience) -> None:
    assert claire(recipient_id=recipient_id).audience is audience


def test_who_is_named_twice_is_told_once() -> None:
    assert list(each_once([claire(), claire("en"), claire(recipient_id="x")])) == ["account-2", "x"]
