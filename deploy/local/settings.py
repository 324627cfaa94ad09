"""What `make up` reads from the environment, and what it tells the programs that it runs."""

from collections.abc import Mapping
from pathlib import Path

from deploy.local.memo.settings import MemoSettings
from services.platform.settings import DatabaseSettings, Port, RelaySettings, WorkflowEngineSettings

LOOPBACK = "127.0.0.1"


class LocalSettings(DatabaseSettings, WorkflowEngineSettings, RelaySettings, MemoSettings):
    """Ports and addresses of the whole system on one machine.

    Where `database_url`, `temporal_address` or `smtp_host` is set, that one is used, and the embedded
    program of its kind is not started.
    """

    http_port: Port = 8080
    temporal_ui_port: Port = 8233
    mailbox_port: Port = 8025

    @property
    def state(self) -> Path:
        return self.state_dir.resolve()

    @property
    def portal_url(self) -> str:
        """Address under which people reach the portal: the public one if it is set, else this machine's."""
        if "public_url" in self.model_fields_set:
            return self.public_url.rstrip("/")
        return f"http://localhost:{self.http_port}"

    @property
    def embeds_database(self) -> bool:
        return not self.database_url

    @property
    def embeds_temporal(self) -> bool:
        return not self.temporal_address

    @property
    def embeds_mailbox(self) -> bool:
        return not self.smtp_host

    def exported(self, database_url: str) -> Mapping[str, str]:
        """Returns the variables by which every program, and the command line, finds the others."""
        values = {
            "state_dir": self.state,
            "keys_dir": self.keys_directory.resolve(),
            "database_url": database_url,
            "http_port": self.http_port,
            "public_url": self.portal_url,
            "identity_port": self.identity_port,
            "company_port": self.company_port,
            "notification_port": self.notification_port,
            "temporal_address": self.temporal_address or f"{LOOPBACK}:{self.temporal_port}",
            "temporal_namespace": self.temporal_namespace,
            "smtp_host": self.relay_host,
            "smtp_port": self.relay_port,
            "mailbox_port": self.mailbox_port,
            "mailbox_smtp_port": self.mailbox_smtp_port,
            "memo_port": self.memo_port,
            "local_mode": True,
        }
        return {f"GUICHET_{name.upper()}": str(value) for name, value in values.items()}
