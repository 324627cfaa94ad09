"""Requests of the protocol, as authlib reads them."""

from collections.abc import Mapping, Sequence

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request

from guichet.identity.v1.sign_on_pb2 import GrantProof
from guichet.identity.v1.sign_on_service_pb2 import CheckClientSecretResponse


class Parameters(OAuth2Payload):
    """Parameters as they were sent, in their order. One without a value was not sent: RFC 6749, 3.1."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._lists: dict[str, list[str]] = {}
        for name, value in pairs:
            if value:
                self._lists.setdefault(name, []).append(value)
        self._first = {name: values[0] for name, values in self._lists.items()}

    @property
    def data(self) -> dict[str, str]:
        return self._first

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists

    @property
    def repeated(self) -> list[str]:
        return [name for name, values in self._lists.items() if len(values) > 1]


class ProtocolRequest(OAuth2Request):
    """A request at one of the protocol's endpoints.

    `proof` is what a client presents for a grant, and `checked` what identity said of both it and the secret
    beside it.
    """

    proof: GrantProof | None = None
    checked: CheckClientSecretResponse | None = None

    def __init__(self, method: str, parameters: Parameters, headers: Mapping[str, str]) -> None:
        # TLS ends before the gateway: whether there is any is the public URL's matter, not a request's.
        super().__init__(method, "https://guichet", headers=headers)
        self.payload = parameters

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data
