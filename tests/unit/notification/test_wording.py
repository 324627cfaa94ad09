from datetime import UTC, datetime

import pytest

from services.notification.rendering import filled
from services.notification.wording import brief, date_in, grouped, moment_in

NB = "\u00a0"


@pytest.mark.parametrize(
    ("moment", "french", "english"),
    [
        (
            datetime(2026, 11, 27, 8, 0, tzinfo=UTC),
            f"vendredi 27{NB}novembre 2026 à 9{NB}h",
            f"Friday 27{NB}November 2026 at 9:00 (Paris time)",
        ),
        (
            datetime(2026, 7, 1, 22, 5, tzinfo=UTC),
            f"jeudi 2{NB}juillet 2026 à 0{NB}h{NB}05",
            f"Thursday 2{NB}July 2026 at 0:05 (Paris time)",
        ),
    ],
)
def test_times_are_those_of_paris_in_winter_and_in_summer(
    moment: datetime, french: str, english: str
) -> None:
    assert moment_in("fr", moment) == french
    assert moment_in("en", moment) == english


def test_the_first_of_a_month_is_an_ordinal_in_french_only() -> None:
    first = datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert date_in("fr", first) == f"vendredi 1er{NB}janvier 2027"
    assert date_in("en", first) == f"Friday 1{NB}January 2027"


def test_digits_are_grouped_and_stay_on_one_line() -> None:
    assert grouped("732829320", 3) == f"732{NB}829{NB}320"
    assert grouped("1234 5678", 4) == f"1234{NB}5678"


def test_names_are_cut_in_subjects_only_where_they_are_very_long() -> None:
    assert brief("Ateliers Morel") == "Ateliers Morel"
    assert brief("N" * 61) == "N" * 59 + "…"


def test_text_is_filled_between_words_and_never_inside_a_link() -> None:
    link = "https://portail.example.org/" + "x" * 100
    assert filled(f"a {'b ' * 50}\n\n\n\n{link}\n").splitlines()[-1] == link
    assert "\n\n\n" not in filled("a\n\n\n\n\nb")


def test_every_line_of_a_quotation_is_marked() -> None:
    assert all(line.startswith("> ") for line in filled(f"> {'mot ' * 60}").splitlines())
