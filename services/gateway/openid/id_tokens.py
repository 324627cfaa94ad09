"""ID tokens that come back as a hint of who is meant."""

import json
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from guichet.identity.v1.sign_on_service_pb2 import GetSigningKeysRequest
from services.gateway.openid.clients import SIGNATURES
from services.gateway.services import Services


class NoIdToken(Exception):
    """It is not an ID token of ours."""


async def hinted(services: Services, issuer: str, id_token: str) -> dict[str, Any]:
    """Returns the claims of an ID token that was issued here, be it over or not.

    Raises:
        NoIdToken: it was not, or its key is no longer published.
    """
    answer = await services.sign_on.GetSigningKeys(GetSigningKeysRequest())
    try:
        claims = jwt.decode(id_token, KeySet.import_key_set(json.loads(answer.jwks)), SIGNATURES).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise NoIdToken from None
    # Other tokens are signed with the same keys; a logout token is recognised by its events.
    if claims.get("iss") != issuer or "events" in claims or not isinstance(claims.get("aud"), str):
        raise NoIdToken
    return claims
