from datetime import timedelta
from uuid import uuid4

from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest, Reminder
from services.company.settings import CompanySettings
from services.platform.errors import ResourceExhausted
from tests.integration.company.running import RunningCompany, refused, results, running_company

NO_ANSWER = AccessRequest.ESCALATION_REASON_NO_ANSWER
BOUNCED = AccessRequest.ESCALATION_REASON_MAIL_BOUNCED


async def mailed_long_ago(company: RunningCompany, id_: str) -> None:
    await company.sql(
        "UPDATE access_requests SET created_at = created_at - interval '2 days' WHERE id = :id", id=id_
    )
    await company.sql(
        "UPDATE reminders SET created_at = created_at - interval '2 days' WHERE access_request_id = :id",
        id=id_,
    )


async def automatic(company: RunningCompany, id_: str) -> str:
    request = rpc.RecordAutomaticReminderRequest(access_request_id=id_)
    return (await company.as_service("worker").RecordAutomaticReminder(request)).reminder_id


async def escalate(
    company: RunningCompany, id_: str, reason: AccessRequest.EscalationReason.ValueType
) -> rpc.EscalateAccessRequestResponse:
    request = rpc.EscalateAccessRequestRequest(access_request_id=id_, reason=reason)
    return await company.as_service("worker").EscalateAccessRequest(request)


async def test_a_request_just_mailed_cannot_be_reminded_and_says_from_when(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    seen = await person.get(id_)
    assert seen.next_reminder_time.ToDatetime() == seen.create_time.ToDatetime() + timedelta(hours=24)
    error = await refused(person.remind(id_))
    assert (error.reason, type(error)) == ("reminder_too_early", ResourceExhausted)
    assert error.metadata["next_reminder_time"] == seen.next_reminder_time.ToJsonString()
    assert error.retry_after is not None
    assert timedelta(hours=23) < error.retry_after <= timedelta(hours=24)


async def test_a_reminder_signals_the_workflow_and_starts_the_cooldown_again(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await mailed_long_ago(company, id_)
    assert (await refused(administrator.remind(id_))).reason == "not_found"
    reminded = await person.remind(id_)
    assert [one.origin for one in reminded.reminders] == [Reminder.ORIGIN_REQUESTER]
    assert await company.signals(siren, id_) == ["remind"]
    assert (await refused(person.remind(id_))).reason == "reminder_too_early"


async def test_one_key_eight_times_is_one_reminder(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person, key = company.person(), uuid4().hex
    id_ = await person.submit(siren)
    await mailed_long_ago(company, id_)
    answers, errors = await results(*(person.remind(id_, key=key) for _ in range(8)))
    assert not errors
    assert {len(one.reminders) for one in answers} == {1}
    assert await company.signals(siren, id_) == ["remind"]


async def test_reminders_of_any_origin_share_one_budget(company_settings: CompanySettings) -> None:
    frugal = company_settings.model_copy(update={"max_reminders": 2})
    async with running_company(frugal) as company:
        siren, _ = await company.claimed()
        person = company.person()
        id_ = await person.submit(siren)
        await mailed_long_ago(company, id_)
        assert await automatic(company, id_)
        await mailed_long_ago(company, id_)
        assert not (await person.remind(id_)).HasField("next_reminder_time")
        await mailed_long_ago(company, id_)
        assert (await refused(person.remind(id_))).reason == "reminders_exhausted"


async def test_the_clock_reminds_once_and_a_repeat_is_the_same_reminder(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    ids, _ = await results(*(automatic(company, id_) for _ in range(4)))
    assert len(set(ids)) == 1
    assert [(one.id, one.origin) for one in (await person.get(id_)).reminders] == [
        (ids[0], Reminder.ORIGIN_AUTOMATIC)
    ]


async def test_the_clock_is_silent_soon_after_another_reminder_and_after_the_end(
    company: RunningCompany,
) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await mailed_long_ago(company, id_)
    await person.remind(id_)
    assert not await automatic(company, id_)
    cancelled = await company.person().submit(siren)
    await company.expire(cancelled)
    assert not await automatic(company, cancelled)


async def test_the_first_reason_of_an_escalation_is_kept(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    assert (await escalate(company, id_, NO_ANSWER)).reason == NO_ANSWER
    assert (await escalate(company, id_, BOUNCED)).reason == NO_ANSWER
    seen = await person.get(id_)
    assert (seen.escalation_reason, seen.state) == (NO_ANSWER, AccessRequest.STATE_PENDING)
    assert seen.HasField("escalated_time")
    await person.cancel(id_)
    answer = await escalate(company, id_, BOUNCED)
    assert (answer.state, answer.reason) == (AccessRequest.STATE_CANCELLED, 0)


async def test_a_company_without_an_active_administrator_is_its_own_reason(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    id_ = await company.person().submit(siren)
    await company.sql(
        "UPDATE memberships SET state = 'suspended' WHERE account_id = :id", id=administrator.account_id
    )
    answer = await escalate(company, id_, NO_ANSWER)
    assert answer.reason == AccessRequest.ESCALATION_REASON_NO_ACTIVE_ADMINISTRATOR


async def test_a_company_with_an_active_administrator_is_not_escalated_for_having_none(
    company: RunningCompany,
) -> None:
    siren, _ = await company.claimed()
    id_ = await company.person().submit(siren)
    answer = await escalate(company, id_, AccessRequest.ESCALATION_REASON_NO_ACTIVE_ADMINISTRATOR)
    assert (answer.state, answer.reason) == (AccessRequest.STATE_PENDING, 0)


async def test_the_next_first_account_takes_over_a_company_without_an_active_administrator(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    id_ = await company.person().submit(siren)
    await company.sql(
        "UPDATE memberships SET state = 'suspended' WHERE account_id = :id", id=administrator.account_id
    )
    assert (await company.person().ask(siren)).WhichOneof("outcome") == "administrator_granted"
    assert await company.signals(siren, id_) == ["administrators_changed"]
