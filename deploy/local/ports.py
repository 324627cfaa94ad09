"""Ports that the local system needs: taken ones are told before anything starts."""

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

from deploy.local.settings import LOOPBACK, LocalSettings

LISTENING = "0A"


@dataclass(frozen=True)
class NeededPort:
    """A port, what it is for, and the variable that moves it."""

    number: int
    purpose: str
    variable: str
    host: str = LOOPBACK


def needed_ports(settings: LocalSettings) -> list[NeededPort]:
    host = settings.bind_host
    ports = [
        NeededPort(settings.http_port, "the portal and its API", "GUICHET_HTTP_PORT", host),
        NeededPort(settings.identity_port, "the identity service", "GUICHET_IDENTITY_PORT", host),
        NeededPort(settings.company_port, "the company service", "GUICHET_COMPANY_PORT", host),
        NeededPort(settings.notification_port, "the notification service", "GUICHET_NOTIFICATION_PORT", host),
    ]
    if settings.embeds_temporal:
        ports += [
            NeededPort(settings.temporal_port, "Temporal", "GUICHET_TEMPORAL_PORT"),
            NeededPort(settings.temporal_ui_port, "the Temporal UI", "GUICHET_TEMPORAL_UI_PORT"),
        ]
    if settings.embeds_database:
        ports.append(NeededPort(settings.memo_port, "the demo tool", "GUICHET_MEMO_PORT"))
    if settings.embeds_mailbox:
        ports += [
            NeededPort(settings.mailbox_port, "the mailbox's pages", "GUICHET_MAILBOX_PORT"),
            NeededPort(settings.mailbox_smtp_port, "the mailbox's SMTP", "GUICHET_MAILBOX_SMTP_PORT"),
        ]
    return ports


def require_free(ports: list[NeededPort]) -> None:
    """Leaves with one line for each port that is taken, or that two parts are to share."""
    wrong = [complaint for port in ports if (complaint := complaint_about(port, ports))]
    if wrong:
        raise SystemExit("\n".join(wrong))


def complaint_about(port: NeededPort, ports: list[NeededPort]) -> str | None:
    mend = f"set {port.variable} to another port"
    sharing = next((other for other in ports if other.number == port.number and other != port), None)
    if sharing is not None:
        return f"port {port.number} is set for {port.purpose} and for {sharing.purpose}: {mend}"
    if is_free(port.host, port.number):
        return None
    listener = listener_on(port.number)
    stop = f"stop {listener}, which listens there, or " if listener else ""
    return f"port {port.number}, for {port.purpose}, is taken: {stop}{mend}"


def is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def listener_on(port: int, proc: Path = Path("/proc")) -> str | None:
    """Returns the program that listens on a port, as "name (process 123)", where Linux tells it."""
    sockets = listening_sockets(port, proc)
    if not sockets:
        return None
    for process in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(fd.readlink()) in sockets for fd in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return None


def listening_sockets(port: int, proc: Path) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == LISTENING and int(local.rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{rest[5]}]")
    return found
