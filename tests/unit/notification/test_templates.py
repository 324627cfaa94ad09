"""Every mail in both languages: complete, harmless, and saying what it must."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from services.notification.domain.kinds import KINDS, Page
from services.notification.rendering import TEMPLATES, TEXT_WIDTH
from tests.system.running import ROOT
from tests.unit.notification.examples import (
    PUBLIC_URL,
    REQUEST_ID,
    SUPPORT,
    claire,
    rendered,
)

LANGUAGES = ("fr", "en")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "{{ 7 * 7 }} {% raw %} {# x #}",
    'O\'Brien & fils "Nguyễn" Надежда 俊宇',
    "--><mj-text>]]></td>",
    "N" * 300,
)

each_kind = pytest.mark.parametrize("kind", KINDS)
each_language = pytest.mark.parametrize("language", LANGUAGES)
each_hostile_text = pytest.mark.parametrize("hostile", HOSTILE)


class Reader(HTMLParser):
    """What a browser would find: tags, links, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._shown = True
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self._shown = tag not in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._shown = True

    def handle_data(self, data: str) -> None:
        if self._shown:
            self.text += data


def hostile_values(hostile: str) -> dict[str, str]:
    names = (
        *("company_name", "administrator_name", "requester_name", "requester_email"),
        *("message", "decider_name", "token", "siren", "reason"),
    )
    return dict.fromkeys(names, hostile)


@each_kind
@each_language
@each_hostile_text
def test_hostile_text_stays_text(kind: str, language: str, hostile: str) -> None:
    content = rendered(kind, claire(language, name=hostile), **hostile_values(hostile))
    plain = Reader(rendered(kind, claire(language)).html)
    page = Reader(content.html)
    assert page.tags == plain.tags
    assert page.attributes == plain.attributes
    assert not re.search(r"</?mj-", content.html)
    assert "\n" not in content.subject
    assert len(content.subject) < 250
    if "company_name" in KINDS[kind].required:
        assert hostile in page.text
        assert " ".join(hostile.split()) in " ".join(content.text.split())


@each_kind
@each_language
def test_links_lead_to_the_portal_or_to_the_support_alone(kind: str, language: str) -> None:
    content = rendered(kind, claire(language))
    links = Reader(content.html).links
    assert links
    assert [one for one in links if not one.startswith((f"{PUBLIC_URL}/", f"mailto:{SUPPORT}"))] == []
    assert all(one.startswith(f"{PUBLIC_URL}/") for one in re.findall(r"https?://\S+", content.text))


@each_kind
@each_language
def test_the_page_of_a_mail_is_one_button_and_its_address_as_text(kind: str, language: str) -> None:
    content = rendered(kind, claire(language))
    expected = {
        Page.HOME: f"{PUBLIC_URL}/",
        Page.SIGN_IN: f"{PUBLIC_URL}/connexion",
        Page.COMPANIES: f"{PUBLIC_URL}/entreprises",
        Page.COMPANY: f"{PUBLIC_URL}/entreprises/732829320",
        Page.CLAIM: f"{PUBLIC_URL}/entreprises/ajouter?siren=732829320",
        Page.VERIFICATION: f"{PUBLIC_URL}/verifier?token=tok_en-123",
        Page.PASSWORD_RESET: f"{PUBLIC_URL}/reinitialiser?token=tok_en-123",
        Page.SECOND_FACTOR: f"{PUBLIC_URL}/compte/second-facteur",
        Page.ACCESS_REQUEST: f"{PUBLIC_URL}/demandes/{REQUEST_ID}",
    }[KINDS[kind].page]
    page = Reader(content.html)
    assert next(one for one in page.links if one.startswith("http")) == expected
    assert expected in page.text
    assert f"\n{expected}\n" in content.text
    assert content.html.count('class="button"') == 1


@each_kind
@each_language
def test_a_mail_says_why_it_was_sent_and_is_complete(kind: str, language: str) -> None:
    content = rendered(kind, claire(language))
    why = {"fr": "Vous recevez ce message parce qu", "en": "You receive this message because"}[language]
    page = Reader(content.html)
    assert why in content.text.partition("\n--\n")[2].replace("\n", " ")
    assert why in page.text
    assert f'<html lang="{language}"' in content.html
    assert content.subject
    for unfinished in ("{{", "{%", "None", "Undefined", "  \n"):
        assert unfinished not in content.text
        assert unfinished not in content.subject


@each_kind
@each_language
def test_the_text_part_says_what_the_html_part_says(kind: str, language: str) -> None:
    """Each value that one part tells, the other tells too."""
    content = rendered(kind, claire(language))
    text, html = " ".join(content.text.split()), " ".join(Reader(content.html).text.split())
    for value in (
        *(
            "Ateliers Morel",
            "732 829 320",
            "Bruno Petit",
            "Anne Roy",
            "1234 5678",
            "déclarations de formation de Claire",
        ),
        *("bruno.petit@ateliers-morel.example", "Bienvenue dans l’équipe", "2026"),
    ):
        assert (value in text) == (value in html), value


@each_kind
@each_language
def test_lines_of_the_text_part_are_short(kind: str, language: str) -> None:
    lines = rendered(kind, claire(language)).text.splitlines()
    assert [line for line in lines if len(line) > TEXT_WIDTH and " " in line.strip()] == []
    assert "\n\n\n" not in "\n".join(lines)


def test_mails_have_the_colours_of_the_portal() -> None:
    known = colours_in(ROOT / "services/gateway/static/css/tokens.css")
    assert known
    for path in (TEMPLATES / "base").glob("*.mjml"):
        assert colours_in(path) <= known, path.name


def colours_in(path: Path) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}\b", path.read_text()))


@each_kind
def test_the_two_languages_differ(kind: str) -> None:
    french, english = rendered(kind, claire("fr")), rendered(kind, claire("en"))
    assert french.subject != english.subject
    assert french.text != english.text


def test_every_folder_is_a_kind_and_has_the_same_files_in_both_languages() -> None:
    assert {one.name for one in TEMPLATES.iterdir()} == {*KINDS, "base"}
    for kind in KINDS:
        french, english = ({one.name for one in (TEMPLATES / kind / each).iterdir()} for each in LANGUAGES)
        assert french == english >= {"subject.txt", "body.txt", "body.mjml"}


def test_french_punctuation_never_begins_a_line() -> None:
    """Before : ; ? ! and inside « » stands a no-break space."""
    wrong = [
        (path.relative_to(TEMPLATES).as_posix(), line)
        for path in TEMPLATES.glob("*/fr/*")
        for line in path.read_text().splitlines()
        if re.search(r"(?<=[^\s{%]) [:;?!»]|« ", line)
    ]
    assert wrong == []


@each_language
@pytest.mark.parametrize("kind", KINDS)
def test_people_whose_accounts_are_gone_leave_no_hole(kind: str, language: str) -> None:
    names = {"requester_name": "", "decider_name": "", "administrator_name": "", "message": ""}
    content = rendered(kind, claire(language, name=""), **names)
    assert not re.search(r"^\W", content.subject)
    assert "  " not in content.subject
    assert " ," not in content.text
