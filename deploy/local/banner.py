"""What a person reads once everything serves."""

import csv
from pathlib import Path

from deploy.local.settings import LocalSettings


def banner(settings: LocalSettings, demo_companies: Path, logs: Path) -> str:
    """Returns the lines that say where to go. The first one starts with `Guichet is ready`."""
    portal = settings.portal_url
    rows = [
        ("Portal and API", portal),
        ("API documentation", f"{portal}/api/docs"),
        *([("Mailbox", f"http://localhost:{settings.mailbox_port}")] if settings.embeds_mailbox else []),
        *(
            [("Temporal UI", f"http://localhost:{settings.temporal_ui_port}")]
            if settings.embeds_temporal
            else []
        ),
        *(
            [("A tool to open", settings.memo_url), ("A company to try", demo_company(demo_companies))]
            if settings.embeds_database
            else []
        ),
        ("Logs", f"{logs}/"),
        ("Stop", "Ctrl-C"),
    ]
    return "\n".join(["Guichet is ready", *(f"  {label:<18} {value}" for label, value in rows)])


def demo_company(demo_companies: Path) -> str:
    with demo_companies.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    siren = first["siren"]
    grouped = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    return f"Siren {grouped}, code adhérent {first['member_code']}: {first['name']}"
