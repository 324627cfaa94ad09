"""Where the command line finds the services."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource

from services.platform.settings import DatabaseSettings, WorkflowEngineSettings

Port = Annotated[int, Field(ge=1, le=65535)]

ENVIRONMENT_FILE = "environment"


class CliSettings(DatabaseSettings, WorkflowEngineSettings):
    """The variables of the services that it calls.

    While `make up` runs, what is not set is read from the file that it keeps in the state folder, so that
    the command line finds a system on other ports too.
    """

    gateway_host: str = "127.0.0.1"
    http_port: Port = 8080
    smtp_host: str = "127.0.0.1"
    smtp_port: Port | None = None
    mailbox_smtp_port: Port = 1025

    @property
    def relay_port(self) -> int:
        return self.smtp_port or self.mailbox_smtp_port

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        state = Path(os.environ.get("GUICHET_STATE_DIR", ".guichet"))
        running = DotEnvSettingsSource(settings_cls, env_file=state / ENVIRONMENT_FILE)
        return init_settings, env_settings, running
