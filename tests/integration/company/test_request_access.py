import asyncio
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import text
from temporalio.client import Client

from guichet.company.v1 import company_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest
from services.company.settings import CompanySettings
from services.platform.errors import AlreadyExists, InvalidArgument, ResourceExhausted, Unavailable
from services.platform.rate_limits import Rate
from tests.integration.company.people import CODE
from tests.integration.company.running import RunningCompany, new_siren, refused, results, running_company
from workflows.notification.messages import ADMINISTRATOR_GRANTED, CLAIMS_LOCKED, workflow_id


async def test_the_first_account_becomes_administrator_and_the_contact_on_file_is_told(
    company: RunningCompany,
) -> None:
    siren, person = await company.register(), company.person()
    granted = (await person.ask(siren)).administrator_granted
    assert (granted.siren, granted.role, granted.state) == (
        siren,
        company_pb2.ROLE_ADMINISTRATOR,
        company_pb2.Membership.STATE_ACTIVE,
    )
    mail = company.temporal.get_workflow_handle(workflow_id(ADMINISTRATOR_GRANTED, granted.id))
    assert (await mail.describe()).workflow_type == "DeliverNotification"
    audience = await company.as_service("worker").GetMembershipAudience(
        rpc.GetMembershipAudienceRequest(membership_id=granted.id, siren=siren)
    )
    assert audience.membership.id == granted.id
    assert audience.contact_email == "contact@example.com"


async def test_the_second_account_submits_an_access_request_whose_workflow_runs(
    company: RunningCompany,
) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    pending = (await person.ask(siren, message="  Service RH, poste 214  ")).pending
    assert pending.state == AccessRequest.STATE_PENDING
    assert pending.message == "Service RH, poste 214"
    assert pending.requester_account_id == person.account_id
    assert pending.remind_time.ToDatetime() < pending.escalate_time.ToDatetime()
    assert pending.escalate_time.ToDatetime() < pending.expire_time.ToDatetime()
    assert (await company.workflow(siren, pending.id).describe()).workflow_type == "AccessRequestWorkflow"
    confirmed = await company.as_service("worker").ConfirmAccessRequest(
        rpc.ConfirmAccessRequestRequest(access_request_id=pending.id, siren=siren)
    )
    assert confirmed.submitted
    assert confirmed.state == AccessRequest.STATE_PENDING
    mine = await person.access()
    assert [one.id for one in mine.pending_access_requests] == [pending.id]


async def test_case_and_spaces_in_the_pair_do_not_matter(company: RunningCompany) -> None:
    siren = await company.register()
    written = f" {siren[:3]}\u00a0{siren[3:6]}\u202f{siren[6:]} "
    answer = await company.person().ask(written, " adh-\u00a020 417 ")
    assert answer.administrator_granted.siren == siren


async def test_a_wrong_code_and_an_unknown_siren_get_the_same_answer(company: RunningCompany) -> None:
    siren = await company.register()
    wrong = await refused(company.person().ask(siren, "ADH-00000"))
    unknown = await refused(company.person().ask(new_siren(), CODE))
    assert wrong.reason == unknown.reason == "claim_refused"
    assert (wrong.field, wrong.metadata) == (unknown.field, unknown.metadata)
    assert isinstance(wrong, InvalidArgument)


async def test_what_is_no_siren_is_refused(company: RunningCompany) -> None:
    person = company.person()
    for written in ("12345678", "123456789", "000000000", "７３２８２９３２０", "", "٧٣٢٨٢٩٣٢٠"):
        error = await refused(person.ask(written))
        assert (error.reason, error.field) == ("siren_invalid", "siren")
    assert (await refused(person.ask("732 829 320 00074"))).reason == "siret_given"


async def test_a_message_with_a_line_break_or_over_500_characters_is_refused(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    assert (await refused(person.ask(siren, message="a\r\nb"))).reason == "invalid_text"
    assert (await refused(person.ask(siren, message="\u202eb"))).reason == "invalid_text"
    assert (await refused(person.ask(siren, message="é" * 501))).reason == "message_too_long"


async def test_a_closed_company_says_so_only_after_the_right_code(company: RunningCompany) -> None:
    siren = await company.register()
    await company.sql("UPDATE companies SET state = 'closed' WHERE siren = :siren", siren=siren)
    assert (await refused(company.person().ask(siren, "ADH-00000"))).reason == "claim_refused"
    assert (await refused(company.person().ask(siren))).reason == "company_inactive"


async def test_eight_submissions_at_once_are_one_row_and_one_workflow(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    answers, errors = await results(*(person.ask(siren) for _ in range(8)))
    assert len(answers) == 1
    id_ = answers[0].pending.id
    assert [error.reason for error in errors] == ["already_pending"] * 7
    assert {error.metadata["access_request_id"] for error in errors} == {id_}
    rows = await company.sql(
        "SELECT id FROM access_requests WHERE account_id = :account_id", account_id=person.account_id
    )
    assert [row.id for row in rows] == [id_]


async def test_two_firsts_at_once_are_one_administrator_and_one_pending_request(
    company: RunningCompany,
) -> None:
    for _ in range(5):
        siren = await company.register()
        answers, errors = await results(*(company.person().ask(siren) for _ in range(2)))
        assert not errors
        assert sorted(str(one.WhichOneof("outcome")) for one in answers) == [
            "administrator_granted",
            "pending",
        ]


async def test_one_key_eight_times_is_one_effect_and_one_answer(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person, key = company.person(), uuid4().hex
    answers, errors = await results(*(person.ask(siren, key=key) for _ in range(8)))
    assert not errors
    assert len({one.pending.id for one in answers}) == 1
    first, first_key, other = company.person(), uuid4().hex, await company.register()
    answers, errors = await results(*(first.ask(other, key=first_key) for _ in range(8)))
    assert not errors
    assert len({one.administrator_granted.id for one in answers}) == 1


async def test_a_key_used_for_another_call_is_refused(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person, key = company.person(), uuid4().hex
    await person.ask(siren, key=key)
    error = await refused(person.ask(siren, key=key, message="Something else"))
    assert error.reason == "idempotency_key_reused"


async def test_what_is_kept_of_a_key_does_not_help_to_guess_the_code(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person, key = company.person(), uuid4().hex
    await person.ask(siren, key=key)
    request = rpc.RequestAccessRequest(siren=siren, member_code=CODE, idempotency_key=key)
    guess = sha256(b"RequestAccessRequest\0" + request.SerializeToString(deterministic=True)).hexdigest()
    rows = await company.sql("SELECT fingerprint FROM idempotency_keys WHERE key = :key", key=key)
    assert [row.fingerprint for row in rows] != [guess]


async def test_members_and_suspended_members_may_not_ask_again(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    assert (await refused(administrator.ask(siren))).reason == "already_member"
    member = await company.joined(siren, administrator)
    await administrator.update(siren, member, state=company_pb2.Membership.STATE_SUSPENDED)
    error = await refused(member.ask(siren))
    assert error.reason == "membership_suspended"
    assert isinstance(error, AlreadyExists)


async def test_an_access_request_whose_time_is_over_does_not_block_a_new_one(
    company: RunningCompany,
) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    old = await person.submit(siren)
    await company.expire(old)
    new = await person.submit(siren)
    assert (await person.get(old)).state == AccessRequest.STATE_EXPIRED
    assert (await person.get(new)).state == AccessRequest.STATE_PENDING


async def test_wrong_pairs_are_limited_and_right_ones_are_not(company_settings: CompanySettings) -> None:
    tight = company_settings.model_copy(update={"claim_limit_per_account": Rate.parse("3/h")})
    async with running_company(tight) as company:
        guesser = company.person()
        for _ in range(4):
            await guesser.ask(await company.register())
        siren = await company.register()
        reasons = [(await refused(guesser.ask(siren, f"ADH-{n:05}"))).reason for n in range(4)]
        assert reasons == ["claim_refused"] * 3 + ["rate_limited"]
        error = await refused(guesser.ask(siren))
        assert isinstance(error, ResourceExhausted)
        assert error.retry_after is not None


async def test_wrong_codes_at_once_are_each_counted(company_settings: CompanySettings) -> None:
    tight = company_settings.model_copy(update={"claim_limit_per_company": Rate.parse("5/h")})
    async with running_company(tight) as company:
        siren = await company.register()
        _, errors = await results(*(company.person().ask(siren, f"ADH-{n:05}") for n in range(12)))
        reasons = sorted(error.reason for error in errors)
        assert reasons == ["claim_refused"] * 5 + ["rate_limited"] * 7


async def test_the_right_pair_beside_a_guess_made_at_once_is_counted_in_its_turn(
    company_settings: CompanySettings,
) -> None:
    tight = company_settings.model_copy(update={"claim_limit_per_company": Rate.parse("3/h")})
    async with running_company(tight) as company:
        siren = await company.register()
        for number in range(2):
            await refused(company.person().ask(siren, f"ADH-{number:05}"))
        async with company.transaction() as held:
            await held.execute(
                text("SELECT FROM rate_limits WHERE key = :key FOR UPDATE"), {"key": f"claim:siren:{siren}"}
            )
            # Two that wait for a row come in their order; of more, PostgreSQL promises nothing.
            guess = asyncio.create_task(refused(company.person().ask(siren, "ADH-00002")))
            await company.until_blocked(1)
            right = asyncio.create_task(refused(company.person().ask(siren)))
            await company.until_blocked(2)
        assert (await guess).reason == "claim_refused"
        assert (await right).reason == "rate_limited"


async def test_wrong_pairs_count_while_the_workflow_engine_is_away(company_settings: CompanySettings) -> None:
    tight = {"claim_limit_per_company": Rate.parse("3/h"), "temporal_address": "127.0.0.1:9"}
    async with running_company(company_settings.model_copy(update=tight)) as company:
        siren = await company.register()
        for number in range(3):
            await refused(company.person().ask(siren, f"ADH-{number:05}"))
        assert (await refused(company.person().ask(siren))).reason == "rate_limited"


async def told_of_locks(temporal_address: str, siren: str) -> int:
    """Returns how many mails to the operators were started about a Siren."""
    temporal = await Client.connect(temporal_address)
    of_siren = f'WorkflowId STARTS_WITH "{workflow_id(CLAIMS_LOCKED, siren)}/"'
    return len([one async for one in temporal.list_workflows(of_siren)])


async def test_operators_are_told_once_of_a_company_whose_claims_are_locked(
    company_settings: CompanySettings, temporal_address: str
) -> None:
    tight = company_settings.model_copy(update={"claim_limit_per_company": Rate.parse("3/h")})
    async with running_company(tight) as company:
        siren, unregistered = await company.register(), new_siren()
        for locked in (siren, unregistered):
            _, errors = await results(*(company.person().ask(locked, f"ADH-{n:05}") for n in range(8)))
            assert sorted(error.reason for error in errors) == ["claim_refused"] * 3 + ["rate_limited"] * 5
        assert (await refused(company.person().ask(siren))).reason == "rate_limited"
        other = await company.register()
        await results(*(company.person().ask(other, f"ADH-{n:05}") for n in range(4)))
        # The engine lists workflows a moment later than it starts them, in their order.
        async with asyncio.timeout(30):
            while not await told_of_locks(temporal_address, other):
                await asyncio.sleep(0.1)
        assert await told_of_locks(temporal_address, siren) == 1
        assert await told_of_locks(temporal_address, unregistered) == 0


async def test_asking_one_company_over_and_over_is_limited(company_settings: CompanySettings) -> None:
    tight = company_settings.model_copy(update={"submission_limit": Rate.parse("2/d")})
    async with running_company(tight) as company:
        siren, _ = await company.claimed()
        person = company.person()
        for _ in range(2):
            await person.cancel(await person.submit(siren))
        assert (await refused(person.ask(siren))).reason == "rate_limited"


async def test_without_the_workflow_engine_nothing_is_left(
    company: RunningCompany, company_settings: CompanySettings
) -> None:
    siren, _ = await company.claimed()
    unclaimed = await company.register()
    away = company_settings.model_copy(update={"temporal_address": "127.0.0.1:9"})
    async with running_company(away) as cut_off:
        person = cut_off.person()
        asked, first = await asyncio.gather(refused(person.ask(siren)), refused(person.ask(unclaimed)))
        assert isinstance(asked, Unavailable)
        assert isinstance(first, Unavailable)
        mine = await person.access()
        assert not mine.memberships
        assert not mine.pending_access_requests
