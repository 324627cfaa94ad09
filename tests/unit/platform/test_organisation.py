"""The organisation's name after « de » and « à », and every text and mail that says it."""

import re

import pytest

from deploy.local.mailbox.samples import SAMPLES
from services.gateway.languages import TRANSLATIONS, each_text, texts_of
from services.notification.rendering import TEMPLATES, Renderer
from services.platform.organisation import spellings
from tests.unit.notification.examples import PUBLIC_URL, SUPPORT

NAMES = {
    "l’Opcommerce": ("de l’Opcommerce", "à l’Opcommerce"),
    "l'Opcommerce": ("de l'Opcommerce", "à l'Opcommerce"),
    "la Fédération": ("de la Fédération", "à la Fédération"),
    "le Fonds du Commerce": ("du Fonds du Commerce", "au Fonds du Commerce"),
    "Le Fonds": ("du Fonds", "au Fonds"),
    "les Opérateurs": ("des Opérateurs", "aux Opérateurs"),
    "Les Opérateurs": ("des Opérateurs", "aux Opérateurs"),
    "Opcommerce": ("d’Opcommerce", "à Opcommerce"),
    "Agefos & Cie": ("d’Agefos & Cie", "à Agefos & Cie"),
    "Harmonie": ("d’Harmonie", "à Harmonie"),
    "Études et Conseil": ("d’Études et Conseil", "à Études et Conseil"),
    "Constructys": ("de Constructys", "à Constructys"),
    "Lesaffre": ("de Lesaffre", "à Lesaffre"),
    "Les": ("de Les", "à Les"),
}


def said(text: str) -> str:
    return " ".join(text.split())


def unjoined(name: str) -> re.Pattern[str]:
    """Returns what finds « de » or « à » beside the name otherwise than joined, and names left out."""
    wrong = {f"{word} {name}" for word in ("de", "à", "du", "au", "des", "aux")} - {*NAMES[name]}
    return re.compile(r"\{\w*organisation\}|" + "|".join(map(re.escape, wrong)), re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_de_and_a_are_joined_to_the_name_as_french_does(name: str) -> None:
    found = spellings(name)
    assert (found["de_organisation"], found["a_organisation"]) == NAMES[name]
    assert found["organisation"] == name


def test_a_sentence_may_begin_with_the_name() -> None:
    assert spellings("l’Afdas")["Organisation"] == "L’Afdas"


@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_the_portal_joins_the_name(name: str) -> None:
    wrong = unjoined(name)
    texts: list[str] = []

    def gather(text: str) -> str:
        texts.append(text)
        return text

    for file in (TRANSLATIONS / "fr").rglob("*.toml"):
        subject = file.relative_to(TRANSLATIONS / "fr").with_suffix("").as_posix()
        each_text(texts_of(subject, "fr", name), gather)
    assert [text for text in texts if wrong.search(said(text))] == []
    for right in NAMES[name]:
        assert any(right in text for text in texts), right


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_joins_the_name(name: str) -> None:
    organisations = {"fr": name, "en": name}
    renderer = Renderer(public_url=PUBLIC_URL, organisations=organisations, support_email=SUPPORT)
    wrong, of = unjoined(name), NAMES[name][0]
    for sample in SAMPLES.values():
        mail = sample.rendered(renderer, "fr")
        html = mail.html.replace("&amp;", "&").replace("&#39;", "'")
        for part in (mail.subject, mail.text, html):
            assert not wrong.search(said(part)), sample.name
        assert of in said(mail.text), sample.name
        assert of in said(html), sample.name


def test_no_french_sentence_has_a_verb_that_would_have_to_agree_with_the_name() -> None:
    """« Les Opérateurs a pris le relais »: it begins no French sentence, and no clause after a colon."""
    begins = re.compile(r"\{Organisation\}|(?:^|[»:.] |, |que )\{ ?\{? ?organisation ?\}", re.MULTILINE)
    files = [*(TRANSLATIONS / "fr").rglob("*.toml"), *TEMPLATES.glob("*/fr/*")]
    assert files
    assert [
        (file.name, begins.findall(file.read_text())) for file in files if begins.search(file.read_text())
    ] == []
