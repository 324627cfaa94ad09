"""The organisation's catalogue of tools, read from a JSON file at start."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError


class Words(BaseModel):
    """A text in each language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.fr


class Tool(BaseModel):
    """One tool. `roles` names who may open it; empty means every member."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: Words
    description: Words
    url: HttpUrl
    roles: tuple[Literal["member", "administrator"], ...] = ()


Catalogue = tuple[Tool, ...]


def load_catalogue(path: Path) -> Catalogue:
    """Reads the catalogue, or leaves with one line that says what is wrong with the file."""
    try:
        return TypeAdapter(Catalogue).validate_json(path.read_bytes())
    except OSError as error:
        raise SystemExit(f"GUICHET_TOOLS_FILE: {path}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise SystemExit(f"GUICHET_TOOLS_FILE: {path}: {where}: {first['msg']}") from None
