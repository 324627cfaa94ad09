"""Writes companies.csv again, always the same: `python -m deploy.local.demo.generate`."""

import csv
import random
from pathlib import Path

from stdnum import luhn
from stdnum.fr import siren as siren_number

FILE = Path(__file__).parent / "companies.csv"
ROWS = 230
SEED = 732829320

# The Siren that the texts of the portal use as their example.
EXAMPLE = ("732829320", "Ateliers Morel (démo)", "Lyon")

# Sirens that these companies publish themselves. Names are those of everyday use.
PUBLIC = (
    ("652014051", "Carrefour", "Massy"),
    ("500569405", "Decathlon France", "Villeneuve-d'Ascq"),
    ("384560942", "Leroy Merlin France", "Lezennes"),
    ("347384570", "Boulanger", "Lesquin"),
    ("451678973", "Castorama France", "Templemars"),
    ("343262622", "Lidl", "Rungis"),
    ("542094065", "Galeries Lafayette", "Paris"),
    ("351745724", "Meubles Ikea France", "Plaisir"),
    ("784939688", "Picard Surgelés", "Fontainebleau"),
    ("552083297", "Monoprix Exploitation", "Clichy"),
    ("554501171", "Casino, Guichard-Perrachon", "Saint-Étienne"),
    ("632012100", "L'Oréal", "Clichy"),
    ("775670417", "LVMH Moët Hennessy Louis Vuitton", "Paris"),
    ("572076396", "Hermès International", "Paris"),
    ("552075020", "Kering", "Paris"),
    ("552032534", "Danone", "Paris"),
    ("582041943", "Pernod Ricard", "Paris"),
    ("301940219", "Sodexo", "Issy-les-Moulineaux"),
    ("602036444", "Accor", "Issy-les-Moulineaux"),
    ("380129866", "Orange", "Issy-les-Moulineaux"),
    ("356000000", "La Poste", "Paris"),
    ("552081317", "Électricité de France", "Paris"),
    ("542107651", "Engie", "La Défense"),
    ("403210032", "Veolia Environnement", "Paris"),
    ("552096281", "Air Liquide", "Paris"),
    ("542039532", "Compagnie de Saint-Gobain", "Courbevoie"),
    ("542048574", "Schneider Electric", "Rueil-Malmaison"),
    ("552037806", "Vinci", "Nanterre"),
    ("572015246", "Bouygues", "Paris"),
    ("562082909", "Safran", "Paris"),
    ("552059024", "Thales", "Meudon"),
    ("322306440", "Dassault Systèmes", "Vélizy-Villacoublay"),
    ("420495178", "Air France", "Tremblay-en-France"),
    ("395030844", "Sanofi", "Paris"),
)

# Names that are right, and that careless programs spoil.
AWKWARD = (
    "L'Épicerie d'à Côté",
    "Œuvre & Façon — Ébénisterie",
    "Chez O'Brien",
    "Nguyễn Textiles",
    "Cycles « Le Grand Bi »",
    "100 % Laine, Fils & Filles",
    "Maison D'Haëne-Le Goff",
    "A",
)
TRADES = (
    "Boulangerie",
    "Librairie",
    "Quincaillerie",
    "Mercerie",
    "Jardinerie",
    "Papeterie",
    "Fromagerie",
    "Horlogerie",
    "Droguerie",
    "Cordonnerie",
    "Optique",
    "Animalerie",
)
PLACES = (
    ("de la Gare", "Angers"),
    ("du Marché", "Besançon"),
    ("des Remparts", "Carcassonne"),
    ("du Vieux Port", "Marseille"),
    ("des Tanneurs", "Amiens"),
    ("de l'Horloge", "Auxerre"),
    ("du Pont Neuf", "Cahors"),
    ("des Lices", "Rennes"),
    ("de la Presqu'île", "Guérande"),
    ("du Beffroi", "Arras"),
    ("des Arènes", "Nîmes"),
    ("de la Citadelle", "Belfort"),
    ("des Halles", "Dijon"),
    ("du Château", "Nantes"),
    ("du Lac", "Annecy"),
    ("de l'Île", "Strasbourg"),
)


def write(path: Path) -> None:
    companies = [EXAMPLE, *((siren, f"{name} (démo)", city) for siren, name, city in PUBLIC)]
    companies += generated({siren for siren, _, _ in companies}, ROWS - len(companies))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("siren", "name", "member_code", "contact_email", "city"))
        for number, (siren, name, city) in enumerate(companies, start=1):
            if not siren_number.is_valid(siren):
                raise SystemExit(f"{siren} ({name}) has a wrong check digit")
            writer.writerow((siren, name, f"DEMO{number:04}", f"contact-{siren}@example.com", city))


def generated(taken: set[str], count: int) -> list[tuple[str, str, str]]:
    random_numbers = random.Random(SEED)  # noqa: S311 - the same file each time, no secret
    names = [(f"{trade} {place}", city) for place, city in PLACES for trade in TRADES]
    random_numbers.shuffle(names)
    names = [(name, "Paris") for name in AWKWARD] + names[: count - len(AWKWARD)]
    return [(new_siren(random_numbers, taken), f"{name} (démo)", city) for name, city in names]


def new_siren(random_numbers: random.Random, taken: set[str]) -> str:
    """Returns a number with a right check digit that begins with 000: none that was given out does."""
    while True:
        digits = f"000{random_numbers.randrange(10**5):05}"
        siren = digits + luhn.calc_check_digit(digits)
        if siren not in taken and siren != "000000000":
            taken.add(siren)
            return siren


if __name__ == "__main__":
    write(FILE)
