"""A mail's subject, text and HTML, from the folder of its kind."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notification import wording
from services.notification.domain.kinds import Kind, Page
from services.notification.domain.parameters import Value
from services.notification.domain.recipients import Audience, Recipient
from services.platform.organisation import spellings

TEMPLATES = Path(__file__).parent / "templates"
TEXT_WIDTH = 76
# A font fetched from elsewhere would tell elsewhere who reads what.
MJML_OPTIONS = mrml.RenderOptions(fonts={})


@dataclass(frozen=True)
class Content:
    """What a recipient reads."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Event:
    """What happened, as every recipient of one call is told it."""

    kind_name: str
    kind: Kind
    access_request_id: str
    parameters: Mapping[str, Value]


class Renderer:
    """Compiled templates. One file is rendered a few tens of microseconds after its first use."""

    def __init__(self, *, public_url: str, organisations: Mapping[str, str], support_email: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._organisations = organisations
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=select_autoescape(
                enabled_extensions=("mjml",), default=True, disabled_extensions=("txt",)
            ),
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self._environment.globals.update(support_email=support_email, home_url=self._link(Page.HOME, {}))
        self._environment.filters.update(
            date=wording.spelled_date,
            moment=wording.spelled_moment,
            grouped=wording.grouped,
            brief=wording.brief,
        )

    def render(self, event: Event, recipient: Recipient) -> Content:
        """Returns what one recipient is told, in their language.

        Raises:
            jinja2.TemplateError, ValueError: a template is wrong; a test renders each of them.
        """
        page = Page.HOME if recipient.audience is Audience.CONTACT else event.kind.page
        named = {**event.parameters, "access_request_id": event.access_request_id}
        told = {
            **named,
            "language": recipient.language,
            **spellings(self._organisations[recipient.language]),
            "recipient": recipient,
            "url": self._link(page, named),
            "access_request_url": self._link(Page.ACCESS_REQUEST, named),
        }
        folder = f"{event.kind_name}/{recipient.language}"
        return Content(
            subject=" ".join(self._rendered(f"{folder}/subject.txt", told).split(" ")).strip(),
            text=filled(self._rendered(f"{folder}/body.txt", told)),
            html=mrml.to_html(self._rendered(f"{folder}/body.mjml", told), None, MJML_OPTIONS).content,
        )

    def _rendered(self, name: str, told: Mapping[str, object]) -> str:
        return self._environment.get_template(name).render(told)

    def _link(self, page: Page, values: Mapping[str, Value]) -> str:
        safe = {name: quote(value, safe="") for name, value in values.items() if isinstance(value, str)}
        return self._public_url + page.value.format_map(safe)


def filled(text: str) -> str:
    """Returns text with long lines broken between words, never inside a link, and single blank lines."""
    paragraphs: list[str] = []
    for line in map(str.rstrip, text.strip().splitlines()):
        if 0 < len(line) <= TEXT_WIDTH:
            paragraphs.append(line)
        elif line or paragraphs[-1]:
            paragraphs += textwrap.wrap(
                line,
                TEXT_WIDTH,
                subsequent_indent="> " if line.startswith("> ") else "",
                break_long_words=False,
                break_on_hyphens=False,
                drop_whitespace=True,
            ) or [""]
    return "\n".join(paragraphs) + "\n"
