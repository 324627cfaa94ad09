"""What the local mailbox reads from its environment."""

from typing import Annotated

from pydantic import Field

from services.platform.settings import ProcessSettings

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(ProcessSettings):
    """`mailbox_smtp_port` takes mails, `mailbox_port` shows them. Mails are kept in `state_dir`/mailbox."""

    mailbox_smtp_port: Port = 1025
    mailbox_port: Port = 8025
