"""Apache with mod_auth_openidc: a relying party in a web server, written in C."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.health import ports_ready
from deploy.local.program import Program, running
from tests.relying_parties.party import Json, Registration

PROGRAM = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
MISSING = (
    "Apache with mod_auth_openidc was not found:"
    " on Debian, apt-get install apache2-bin libapache2-mod-auth-openidc"
)
CLIENT_ID = "apache"
PAGE = "A page for those who are signed on.\n"
LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc")

CONFIGURATION = """
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{folder}/pid"
ErrorLog "{folder}/errors"
LogLevel warn auth_openidc:info
DefaultRuntimeDir "{folder}"
Mutex file:{folder} default
{modules}
{account}
DocumentRoot "{folder}/pages"
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI http://localhost:{port}/protected/back
OIDCDefaultLoggedOutURL http://localhost:{port}/bye
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCScope "openid profile email company offline_access"
OIDCPKCEMethod S256
OIDCIDTokenSignedResponseAlg RS256
OIDCInfoHook iat access_token access_token_expires id_token userinfo refresh_token session
# Every look at the session asks userinfo again.
OIDCUserInfoRefreshInterval 0

<Location />
    Require all granted
</Location>
<Location /protected>
    AuthType openid-connect
    Require valid-user
</Location>
"""


@dataclass(frozen=True)
class Apache:
    """The running server."""

    port: int
    errors: Path
    id: str = CLIENT_ID

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def start(self) -> str:
        return f"{self.url}/protected/page"

    @property
    def sign_out(self) -> str:
        return f"{self.url}/protected/back?logout={self.url}/bye"

    async def claims(self, browser: httpx.AsyncClient) -> Json | None:
        session = await self._session(browser)
        return None if session is None else session["id_token"]

    async def userinfo(self, browser: httpx.AsyncClient) -> Json:
        session = await self._session(browser)
        assert session is not None
        told: Json = session["userinfo"]
        return told

    async def refresh(self, browser: httpx.AsyncClient) -> bool:
        before = await self._session(browser)
        after = await self._session(browser, access_token_refresh_interval="0")
        return bool(before and after and before["refresh_token"] != after["refresh_token"])

    async def _session(self, browser: httpx.AsyncClient, **more: str) -> Json | None:
        answer = await browser.get(f"{self.url}/protected/back", params={"info": "json", **more})
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return None
        assert answer.status_code == httpx.codes.OK, answer.text
        told: Json = answer.json()
        return told


def registration(port: int) -> Registration:
    url = f"http://localhost:{port}"
    return Registration(
        CLIENT_ID,
        {
            "redirect_uris": [f"{url}/protected/back"],
            "post_logout_redirect_uris": [f"{url}/bye"],
            "backchannel_logout_uri": f"{url}/protected/back?logout=backchannel",
            "token_endpoint_auth_method": "client_secret_basic",
            "id_token_signed_response_alg": "RS256",
            "refreshes": True,
            "scopes": ["openid", "profile", "email", "company", "offline_access"],
        },
    )


def is_installed() -> bool:
    return Path(PROGRAM).exists() and all((MODULES / f"mod_{name}.so").exists() for name in LOADED)


@asynccontextmanager
async def running_apache(port: int, issuer: str, secret: str) -> AsyncIterator[Apache]:
    """Runs a server of its own for the length of a block: nothing of the system's configuration is read."""
    # Apache's workers are another account than root, and enter no private folder.
    folder = Path(tempfile.mkdtemp(prefix="guichet-apache-"))
    try:
        program = prepared(folder, port, issuer, secret)
        async with running(program, folder / "output"):
            yield Apache(port, folder / "errors")
    finally:
        shutil.rmtree(folder)


def prepared(folder: Path, port: int, issuer: str, secret: str) -> Program:
    """Writes the server's files, and returns what to run."""
    as_root = os.geteuid() == 0
    folder.chmod(0o755)
    for name, text in (("protected/page", PAGE), ("bye", "bye\n")):
        page = folder / "pages" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
    configuration = folder / "apache.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            port=port,
            issuer=issuer,
            client_id=CLIENT_ID,
            secret=secret,
            account="User www-data\nGroup www-data" if as_root else "",
            modules="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED),
        )
    )
    if as_root:
        shutil.chown(folder, "www-data", "www-data")
    return Program("apache", (PROGRAM, "-DFOREGROUND", "-f", str(configuration)), ports_ready(port))
