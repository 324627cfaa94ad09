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


Icon = Literal["calculator", "window", "sheet", "folder", "chart", "people", "mail", "building", "star"]


class Tool(BaseModel):
    """One tool. `roles` names who may open it, every member if empty; `icon` is one of the portal's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: Words
    description: Words
    url: HttpUrl
    icon: Icon = "window"
    roles: tuple[Literal["member", "administrator"], ...] = ()

    def closed_to(self, role: str) -> Literal["administrators_only", "members_only"] | None:
        """Says why a role may not open it; None where it may."""
        if not self.roles or role in self.roles:
            return None
        return "administrators_only" if "administrator" in self.roles else "members_only"


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
