"""Every pair of colours that is read one on the other has the contrast that WCAG 2.2 AA asks for."""

import re

import pytest

from services.gateway.pages.assets import STATIC

TOKEN = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
TOKENS = {name: (light, dark) for name, light, dark in TOKEN.findall((STATIC / "css/tokens.css").read_text())}
GROUNDS = ("paper", "card", "sunken", "accent-soft", "wait-soft", "good-soft", "bad-soft")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-quiet", "accent", "bad") for ground in GROUNDS[:4]),
    *(("ink", ground) for ground in GROUNDS),
    *(("accent-strong", ground) for ground in GROUNDS[:4]),
    *((tone, f"{tone}-soft") for tone in ("wait", "good", "bad")),
    *(("on-accent", "accent"), ("on-accent", "accent-strong"), ("on-bad", "bad"), ("bad-strong", "bad-soft")),
]
SHAPES = [("edge", ground) for ground in GROUNDS[:3]] + [("accent", ground) for ground in GROUNDS]


def luminance(colour: str) -> float:
    """Returns the relative luminance of #rrggbb, 0 to 1. Source: WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_that_of_the_source() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(ink: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[ink][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_can_be_seen(shape: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[shape][theme], TOKENS[ground][theme]) >= 3


def test_colours_stand_in_the_tokens_alone() -> None:
    files = [path for path in STATIC.glob("css/**/*.css") if path.name != "tokens.css"]
    assert len(files) > 10
    for path in files:
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", path.read_text()), path
