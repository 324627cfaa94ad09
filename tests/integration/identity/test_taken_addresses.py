import asyncio

from sqlalchemy import func, select

from guichet.identity.v1 import account_pb2
from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import NoticeKind
from services.identity.storage.tables import accounts, sign_ups
from services.platform.errors import (
    Unauthenticated,
)
from tests.integration.identity.running import (
    PASSWORD,
    RunningIdentity,
    new_email,
    refused,
)

OTHER_PASSWORD = "girafe-ordinaire-7-parapluie"
CLOCK_RESOLUTION = 0.002
VERIFICATION = NoticeKind.ACCOUNT_VERIFICATION


async def count_of(identity: RunningIdentity, email: str) -> int:
    query = select(func.count()).where(accounts.c.email_key == EmailAddress.parse(email).key)
    async with identity.parts.database.reader.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def follow(identity: RunningIdentity, notice: account_pb2.AccountNotice) -> str:
    answer = await identity.gateway.VerifyAccount(rpc.VerifyAccountRequest(token=notice.token))
    return answer.account_id


async def test_a_taken_address_gets_the_same_answer_and_its_owner_is_told(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    await identity.sign_up(email.upper(), password=OTHER_PASSWORD, full_name="Quelqu'un d'autre")
    notice = await identity.newest_notice(email, NoticeKind.ACCOUNT_EXISTS)
    assert (notice.token, notice.code, notice.HasField("expire_time")) == ("", "", False)
    assert notice.account.full_name == "Camille Durand"
    with refused(Unauthenticated, "invalid_credentials"):
        await identity.sign_in(email, password=OTHER_PASSWORD)
    await identity.sign_in(email)


async def test_the_punycode_twin_of_an_address_is_the_same_account(identity: RunningIdentity) -> None:
    label = new_email().partition("@")[0]
    await identity.verified_account(f"{label}@bücher.example.com")
    await identity.sign_up(f"{label}@xn--bcher-kva.example.com")
    assert await identity.notice_ids(f"{label}@bücher.example.com", NoticeKind.ACCOUNT_EXISTS)


async def test_of_several_sign_ups_the_one_whose_mail_is_followed_counts(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email, password=OTHER_PASSWORD, full_name="Un Inconnu")
    await identity.sign_up(email, full_name="La Vraie")
    mine, strange = [
        await identity.notice(notice_id) for notice_id in await identity.notice_ids(email, VERIFICATION)
    ]
    assert [mine.account.full_name, strange.account.full_name] == ["La Vraie", "Un Inconnu"]

    account_id = await follow(identity, mine)
    assert await follow(identity, strange) == account_id
    with refused(Unauthenticated, "invalid_credentials"):
        await identity.sign_in(email, password=OTHER_PASSWORD)
    assert (await identity.sign_in(email)).account.full_name == "La Vraie"


async def test_a_mail_sent_again_gives_no_contested_password_but_a_link_to_choose_one(
    identity: RunningIdentity,
) -> None:
    email = new_email()
    await identity.sign_up(email)
    await identity.sign_up(email, password=OTHER_PASSWORD, full_name="Un Inconnu")
    await identity.gateway.ResendVerification(rpc.ResendVerificationRequest(email=email))
    await follow(identity, await identity.newest_notice(email, VERIFICATION))
    for password in (PASSWORD, OTHER_PASSWORD):
        with refused(Unauthenticated, "invalid_credentials"):
            await identity.sign_in(email, password=password)
    reset = await identity.newest_notice(email, NoticeKind.PASSWORD_RESET)
    await identity.gateway.ConfirmPasswordReset(
        rpc.ConfirmPasswordResetRequest(token=reset.token, password=PASSWORD)
    )
    await identity.sign_in(email)


async def test_a_mail_sent_again_verifies_like_the_first(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    await identity.gateway.ResendVerification(rpc.ResendVerificationRequest(email=email))
    first, again = (await identity.notice_ids(email, VERIFICATION))[::-1]
    assert first != again
    await follow(identity, await identity.notice(again))
    await identity.sign_in(email)


async def test_eight_sign_ups_at_once_make_one_account_and_one_mail(identity: RunningIdentity) -> None:
    email = new_email()
    await asyncio.gather(*(identity.sign_up(email) for _ in range(8)))
    assert await count_of(identity, email) == 1
    assert len(await identity.notice_ids(email, VERIFICATION)) == 1


async def test_verification_keeps_no_sign_up(identity: RunningIdentity) -> None:
    account_id = await identity.verified_account(new_email())
    async with identity.parts.database.reader.connect() as connection:
        left = await connection.execute(select(sign_ups.c.id).where(sign_ups.c.account_id == account_id))
        assert left.all() == []
