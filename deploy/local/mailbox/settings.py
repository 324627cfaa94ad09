"""What the local mailbox reads from its environment."""

from services.platform.settings import Port, ProcessSettings


class Settings(ProcessSettings):
    """`mailbox_smtp_port` takes mails, `mailbox_port` shows them. Mails are kept in `state_dir`/mailbox."""

    mailbox_smtp_port: Port = 1025
    mailbox_port: Port = 8025
