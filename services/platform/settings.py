"""What every process reads from its environment."""

import sys
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

Port = Annotated[int, Field(ge=1, le=65535)]


class ProcessSettings(BaseSettings):
    """Variables `GUICHET_<NAME>`, each with a default that works locally.

    A wrong value raises pydantic's ValidationError, which names the variable.
    """

    model_config = SettingsConfigDict(env_prefix="GUICHET_", extra="ignore", hide_input_in_errors=True)

    state_dir: Path = Path(".guichet")
    keys_dir: Path | None = None
    log_format: str = Field("text", pattern="^(text|json)$")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")

    bind_host: str = "127.0.0.1"
    identity_port: Port = 7301
    company_port: Port = 7302
    notification_port: Port = 7303
    identity_host: str = "127.0.0.1"
    company_host: str = "127.0.0.1"
    notification_host: str = "127.0.0.1"

    public_url: str = "http://localhost:8080"

    @property
    def keys_directory(self) -> Path:
        return self.keys_dir or self.state_dir / "keys"

    @property
    def identity_address(self) -> str:
        return f"{self.identity_host}:{self.identity_port}"

    @property
    def company_address(self) -> str:
        return f"{self.company_host}:{self.company_port}"

    @property
    def notification_address(self) -> str:
        return f"{self.notification_host}:{self.notification_port}"


class DatabaseSettings(ProcessSettings):
    """For a process that owns a database.

    `database_url` names the PostgreSQL server and the account to use; each service has a database of its
    own there, `guichet_<service>`, created when it is missing.
    """

    database_url: str = ""
    database_pool_size: int = 10


class WorkflowEngineSettings(ProcessSettings):
    """For a process that speaks to Temporal."""

    temporal_address: str = ""
    temporal_port: Port = 7233
    temporal_namespace: str = "default"

    @property
    def temporal_target(self) -> str:
        return self.temporal_address or f"127.0.0.1:{self.temporal_port}"


class RelaySettings(ProcessSettings):
    """Where mails are handed over: the local mailbox, unless `smtp_host` names a relay (port 25)."""

    smtp_host: str = ""
    smtp_port: Port | None = None
    mailbox_smtp_port: Port = 1025

    @property
    def relay_host(self) -> str:
        return self.smtp_host or "127.0.0.1"

    @property
    def relay_port(self) -> int:
        return self.smtp_port or (25 if self.smtp_host else self.mailbox_smtp_port)


Settings = TypeVar("Settings", bound=ProcessSettings)


def load(kind: type[Settings]) -> Settings:
    """Reads a process's settings, or leaves with code 2 and one line that names what is wrong.

    The line never shows a value: it may be a secret.
    """
    try:
        return kind()
    except ValidationError as error:
        wrong = [
            f"GUICHET_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()
        ]
    except SettingsError as error:
        wrong = [str(error)]
    sys.stderr.write(f"wrong settings: {'; '.join(wrong)}\n")
    raise SystemExit(2)
