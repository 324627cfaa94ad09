"""What a client presents together with its secret: looked at for that client alone."""

from sqlalchemy import func, select

from guichet.identity.v1 import sign_on_pb2
from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.identity.storage.tables import rate_limits
from services.platform.errors import NotFound
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity, refused
from tests.integration.identity.signing_on import SIREN, Relying, client, registered, tool


async def presents(
    relying: Relying, secret: str | None = None, **proof: str
) -> rpc.CheckClientSecretResponse:
    request = rpc.CheckClientSecretRequest(
        client_id=relying.id,
        client_secret=relying.secret if secret is None else secret,
        proof=sign_on_pb2.GrantProof(**proof),
    )
    return await relying.identity.sign_on().CheckClientSecret(request)


async def test_a_client_gets_what_its_code_or_token_stands_for(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    code = await relying.code(person)
    for _ in range(2):
        answer = await presents(relying, code=code)
        assert (answer.valid, answer.tool.id) == (True, relying.id)
        assert answer.presented.grant == await relying.grant(relying.id, code=code)
        assert answer.presented.tool == answer.tool
    assert (answer.presented.grant.account.id, answer.presented.grant.siren) == (person.account_id, SIREN)
    assert answer.presented.account_token
    issued = await relying.redeem(code)
    for proof in ({"refresh_token": issued.refresh_token}, {"access_token": issued.access_token}):
        held = (await presents(relying, **proof)).presented
        assert held.grant == await relying.grant(relying.id, **proof)


async def test_without_the_secret_a_code_is_neither_looked_at_nor_used_up(identity: RunningIdentity) -> None:
    person, relying, other = (
        await Person.signed_in(identity),
        await registered(identity),
        await registered(identity),
    )
    used, unused = await relying.code(person), await relying.code(person)
    issued = await relying.redeem(used)
    for code in (used, unused):
        for answer in (await presents(relying, "faux", code=code), await presents(relying, "", code=code)):
            assert answer == rpc.CheckClientSecretResponse(valid=False)
        answer = await presents(other, code=code)
        assert answer.valid
        assert not answer.HasField("presented")
    assert await relying.grant(access_token=issued.access_token)
    assert await relying.redeem(unused)


async def test_a_used_code_that_its_client_presents_ends_its_grant(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    code = await relying.code(await Person.signed_in(identity))
    issued = await relying.redeem(code)
    answer = await presents(relying, code=code)
    assert answer.valid
    assert not answer.HasField("presented")
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=issued.access_token)


async def test_a_name_that_is_no_tools_gets_the_same_answer_and_leaves_no_row(
    identity: RunningIdentity,
) -> None:
    async def limits() -> int:
        async with identity.parts.database.reader.connect() as connection:
            return (await connection.execute(select(func.count()).select_from(rate_limits))).scalar_one()

    relying = await registered(identity)
    wrong = await presents(relying, "faux", code="x")
    before = await limits()
    for unknown in ("inconnu", "", "é", "\ud7ff" * 3000):
        nobody = Relying(identity, tool(client=client()), "")
        nobody.tool.id = unknown
        assert await presents(nobody, relying.secret, code="x") == wrong
    assert await limits() == before
