"""What Mémo reads from its environment, and the files that it shares with whoever runs it."""

from pathlib import Path

from services.platform.settings import Port, ProcessSettings

CLIENT_ID = "memo"


class MemoSettings(ProcessSettings):
    """`public_url` is the address of the portal, which is the issuer of tokens."""

    memo_port: Port = 8090

    @property
    def memo_url(self) -> str:
        return f"http://localhost:{self.memo_port}"

    @property
    def issuer(self) -> str:
        return self.public_url.rstrip("/")

    @property
    def memo_folder(self) -> Path:
        return self.state_dir / "memo"

    @property
    def client_secret_file(self) -> Path:
        """Where `make up` puts the secret of Mémo's client. Mode 600."""
        return self.memo_folder / "client-secret"
