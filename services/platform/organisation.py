"""The organisation's name, as texts that people read say it."""

import unicodedata
from collections.abc import Mapping

ELIDED = frozenset("aeiouhœæ")


def spellings(name: str) -> Mapping[str, str]:
    """Returns the name by the placeholder that stands for it in texts and templates.

    `organisation` is as set, to stand inside a sentence, `Organisation` begins one. `de_organisation` and
    `a_organisation` are « de » and « à » with it, as French contracts and elides them: `le Fonds` gives
    « du Fonds » and « au Fonds », `les Métiers` « des Métiers » and « aux Métiers », `Opcommerce`
    « d’Opcommerce » and « à Opcommerce ».
    """
    article, _, rest = name.partition(" ")
    match article.lower() if rest else "":
        case "le":
            of, to = f"du {rest}", f"au {rest}"
        case "les":
            of, to = f"des {rest}", f"aux {rest}"
        case _:
            of, to = f"d’{name}" if elides(name) else f"de {name}", f"à {name}"
    return {
        "organisation": name,
        "Organisation": name[:1].upper() + name[1:],
        "de_organisation": of,
        "a_organisation": to,
    }


def elides(name: str) -> bool:
    """Tells whether « de » loses its e before a name: one that begins with a vowel or an h."""
    return unicodedata.normalize("NFD", name[:1]).lower()[:1] in ELIDED
