"""What the second step of a sign-in is asked with."""

from datetime import timedelta

from guichet.identity.v1 import identity_service_pb2 as rpc
from guichet.identity.v1 import session_pb2
from services.identity.domain.notice import NoticeKind
from tests.integration.identity.acting import (
    Person,
)
from tests.integration.identity.running import PASSWORD, RunningIdentity

STEP = timedelta(seconds=30)
NEW_PASSWORD = "girafe-ordinaire-7-parapluie"


async def challenge_of(
    identity: RunningIdentity, person: Person, password: str = PASSWORD
) -> session_pb2.SessionChallenge:
    answer = await identity.sign_in(person.email, password=password)
    assert (answer.token, answer.HasField("account")) == ("", False)
    return answer.challenge


async def complete(
    identity: RunningIdentity, challenge: session_pb2.SessionChallenge, *, key: str = "", **proof: str
) -> rpc.CompleteSessionResponse:
    request = rpc.CompleteSessionRequest(challenge_token=challenge.token, idempotency_key=key, **proof)
    return await identity.gateway.CompleteSession(request)


async def changes_told(identity: RunningIdentity, person: Person) -> list[str]:
    """Returns what the owner was told, oldest first."""
    found = await identity.notice_ids(person.email, NoticeKind.SECOND_FACTOR_CHANGED)
    return [(await identity.notice(one)).detail for one in reversed(found)]
