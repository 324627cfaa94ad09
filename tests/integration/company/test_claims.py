"""The look at a company before access to it is asked for."""

from guichet.company.v1 import company_pb2
from services.company.settings import CompanySettings
from services.platform.errors import ResourceExhausted
from services.platform.rate_limits import Rate
from tests.integration.company.running import RunningCompany, new_siren, refused, results, running_company


async def test_a_right_pair_names_the_company_and_says_who_would_be_asked(company: RunningCompany) -> None:
    siren = await company.register()
    person = company.person()
    opened = await person.check(f" {siren[:3]}\u00a0{siren[3:6]}\u202f{siren[6:]} ", " adh-\u00a020 417 ")
    assert (opened.siren, opened.company_name, opened.administered) == (siren, f"Ateliers {siren}", False)
    await company.person().ask(siren)
    assert (await person.check(siren)).administered


async def test_a_look_leaves_nothing_behind(company: RunningCompany) -> None:
    siren, person = await company.register(), company.person()
    await person.check(siren, message="Service RH")
    access = await person.access()
    assert not access.memberships
    assert not access.pending_access_requests
    assert not await company.sql("SELECT FROM audit_events WHERE siren = :siren", siren=siren)
    assert not await company.sql("SELECT FROM rate_limits WHERE key LIKE :key", key=f"%{siren}%")
    assert (await person.ask(siren)).WhichOneof("outcome") == "administrator_granted"


async def test_it_is_refused_as_asking_would_be(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    stranger = company.person()
    wrong = await refused(stranger.check(siren, "ADH-00000"))
    unknown = await refused(stranger.check(new_siren()))
    assert (wrong.reason, wrong.field) == (unknown.reason, unknown.field) == ("claim_refused", "member_code")
    assert (await refused(stranger.check("732 829 320 00074"))).reason == "siret_given"
    assert (await refused(stranger.check(siren, message="a\r\nb"))).reason == "invalid_text"
    assert (await refused(stranger.check(siren, message="é" * 501))).reason == "message_too_long"
    assert (await refused(administrator.check(siren))).reason == "already_member"
    member = await company.joined(siren, administrator)
    await administrator.update(siren, member, state=company_pb2.Membership.STATE_SUSPENDED)
    assert (await refused(member.check(siren))).reason == "membership_suspended"
    waiting = company.person()
    id_ = await waiting.submit(siren)
    pending = await refused(waiting.check(siren))
    assert (pending.reason, pending.metadata["access_request_id"]) == ("already_pending", id_)


async def test_an_access_request_whose_time_is_over_does_not_stand_in_the_way(
    company: RunningCompany,
) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    await company.expire(await person.submit(siren))
    assert (await person.check(siren)).administered
    await person.submit(siren)


async def test_a_closed_company_says_so_only_after_the_right_code(company: RunningCompany) -> None:
    siren = await company.register()
    await company.sql("UPDATE companies SET state = 'closed' WHERE siren = :siren", siren=siren)
    assert (await refused(company.person().check(siren, "ADH-00000"))).reason == "claim_refused"
    assert (await refused(company.person().check(siren))).reason == "company_inactive"


async def test_looking_and_asking_count_against_one_limit(company_settings: CompanySettings) -> None:
    tight = company_settings.model_copy(update={"claim_limit_per_account": Rate.parse("3/h")})
    async with running_company(tight) as company:
        siren, guesser = await company.register(), company.person()
        first = await refused(guesser.check(siren, "ADH-00000"))
        second = await refused(guesser.ask(siren, "ADH-00001"))
        third = await refused(guesser.check(siren, "ADH-00002"))
        assert [one.reason for one in (first, second, third)] == ["claim_refused"] * 3
        assert (await refused(guesser.ask(siren))).reason == "rate_limited"
        limited = await refused(guesser.check(siren))
        assert isinstance(limited, ResourceExhausted)
        assert limited.retry_after is not None


async def test_right_looks_followed_by_asking_cost_nothing(company_settings: CompanySettings) -> None:
    tight = company_settings.model_copy(update={"claim_limit_per_account": Rate.parse("1/h")})
    async with running_company(tight) as company:
        person = company.person()
        for _ in range(3):
            siren = await company.register()
            await person.check(siren)
            await person.ask(siren)


async def test_looks_at_once_lock_a_company_for_asking_too(company_settings: CompanySettings) -> None:
    tight = company_settings.model_copy(update={"claim_limit_per_company": Rate.parse("5/h")})
    async with running_company(tight) as company:
        siren = await company.register()
        _, errors = await results(*(company.person().check(siren, f"ADH-{n:05}") for n in range(12)))
        assert sorted(one.reason for one in errors) == ["claim_refused"] * 5 + ["rate_limited"] * 7
        assert (await refused(company.person().ask(siren))).reason == "rate_limited"
