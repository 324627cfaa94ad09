"""The words of a requester to the administrators, changed while they wait."""

import asyncio

from guichet.company.v1 import company_service_pb2 as rpc
from services.company.settings import CompanySettings
from services.platform.rate_limits import Rate
from tests.integration.company.running import RunningCompany, refused, running_company


async def test_new_words_are_what_administrators_read_and_the_earlier_ones_stay_in_the_audit(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren, "Service RH")
    changed = await person.reword(id_, "  Service RH, poste 214 ")
    assert changed.message == "Service RH, poste 214"
    assert (await administrator.get(id_)).message == "Service RH, poste 214"
    audience = await company.as_service("worker").GetAccessRequestAudience(
        rpc.GetAccessRequestAudienceRequest(access_request_id=id_)
    )
    assert audience.access_request.message == "Service RH, poste 214"
    await person.reword(id_, "")
    rows = await company.sql(
        "SELECT details->>'earlier_message' AS words FROM audit_events"
        " WHERE access_request_id = :id AND kind = 'access_request_reworded' ORDER BY id",
        id=id_,
    )
    assert [row.words for row in rows] == ["Service RH", "Service RH, poste 214"]


async def test_whoever_waits_hears_of_new_words_and_not_of_the_same_again(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren, "Service RH")
    waiting = asyncio.create_task(person.wait(id_, 1, 30))
    assert (await person.reword(id_, "Service RH")).revision == 1
    assert (await person.reword(id_, "Comptabilité")).revision == 2
    assert (await waiting).message == "Comptabilité"


async def test_only_its_requester_changes_them(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    id_ = await company.person().submit(siren, "Service RH")
    for other in (administrator, company.person()):
        assert (await refused(other.reword(id_, "Autre"))).reason == "not_found"
    assert (await administrator.get(id_)).message == "Service RH"


async def test_words_that_asking_would_refuse_are_refused(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    assert (await refused(person.reword(id_, "a\r\nb"))).reason == "invalid_text"
    too_long = await refused(person.reword(id_, "é" * 501))
    assert (too_long.reason, too_long.field) == ("message_too_long", "message")


async def test_what_has_ended_keeps_its_words(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    for end, reason in (
        (lambda person, id_: company.applied(administrator.reject(id_), id_), "already_decided"),
        (lambda person, id_: company.expire(id_), "request_expired"),
        (lambda person, id_: person.cancel(id_), "request_cancelled"),
    ):
        person = company.person()
        id_ = await person.submit(siren, "Service RH")
        await end(person, id_)
        assert (await refused(person.reword(id_, "Autre"))).reason == reason
        assert (await person.get(id_)).message == "Service RH"


async def test_words_are_changed_so_many_times_only(company_settings: CompanySettings) -> None:
    tight = company_settings.model_copy(update={"message_limit": Rate.parse("2/h")})
    async with running_company(tight) as company:
        siren, _ = await company.claimed()
        person = company.person()
        id_ = await person.submit(siren)
        for message in ("Un", "Deux", "Deux"):
            await person.reword(id_, message)
        assert (await refused(person.reword(id_, "Trois"))).reason == "rate_limited"
        assert (await person.get(id_)).message == "Deux"
