"""Where the command line finds the services."""

import os
from pathlib import Path

from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource

from services.platform.settings import DatabaseSettings, Port, RelaySettings, WorkflowEngineSettings

ENVIRONMENT_FILE = "environment"


class CliSettings(DatabaseSettings, WorkflowEngineSettings, RelaySettings):
    """The variables of the services that it calls.

    While `make up` runs, what is not set is read from the file that it keeps in the state folder, so that
    the command line finds a system on other ports too.
    """

    gateway_host: str = "127.0.0.1"
    http_port: Port = 8080

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
