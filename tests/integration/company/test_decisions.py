from guichet.company.v1 import company_pb2
from guichet.company.v1.access_request_pb2 import AccessRequest, Decision
from services.company.settings import CompanySettings
from services.platform.errors import NotFound, PermissionDenied
from tests.integration.company.running import RunningCompany, refused, running_company

PENDING, APPROVED = AccessRequest.STATE_PENDING, AccessRequest.STATE_APPROVED
REJECTED, EXPIRED, CANCELLED = (
    AccessRequest.STATE_REJECTED,
    AccessRequest.STATE_EXPIRED,
    AccessRequest.STATE_CANCELLED,
)


async def test_an_approval_opens_access_with_the_role_given(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    answer = await company.applied(administrator.approve(id_, role=company_pb2.ROLE_ADMINISTRATOR), id_)
    assert answer.applied
    assert answer.access_request.state == APPROVED
    assert answer.access_request.decision.decided_by_account_id == administrator.account_id
    access = await person.access()
    assert [(one.siren, one.role) for one in access.memberships] == [(siren, company_pb2.ROLE_ADMINISTRATOR)]
    assert not access.pending_access_requests
    assert await company.signals(siren, id_) == ["approve"]


async def test_a_rejection_gives_its_reason_and_no_access(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    assert (await refused(administrator.reject(id_, reason=" "))).reason == "reason_required"
    answer = await company.applied(administrator.reject(id_, reason="Parti en mai"), id_)
    assert answer.applied
    seen = await person.get(id_)
    assert (seen.state, seen.decision.verdict, seen.decision.reason) == (
        REJECTED,
        Decision.VERDICT_REJECT,
        "Parti en mai",
    )
    assert not (await person.access()).memberships


async def test_without_a_worker_the_decision_is_recorded_and_applied_later(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 30})
    async with running_company(hasty) as company:
        siren, administrator = await company.claimed()
        person = company.person()
        id_ = await person.submit(siren)
        answer = await administrator.approve(id_, key="approve-once")
        assert not answer.applied
        assert answer.access_request.state == PENDING
        assert await company.settle(id_) == APPROVED
        assert (await administrator.approve(id_, key="approve-once")).applied


async def test_strangers_members_and_the_requester_may_not_decide(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    person, (_, elsewhere) = company.person(), await company.claimed()
    id_ = await person.submit(siren)
    for stranger in (elsewhere, company.person()):
        assert isinstance(await refused(stranger.approve(id_)), NotFound)
        assert isinstance(await refused(stranger.get(id_)), NotFound)
    error = await refused(member.approve(id_))
    assert (error.reason, type(error)) == ("not_an_administrator", PermissionDenied)
    assert (await refused(member.reject(id_))).reason == "not_an_administrator"
    assert (await refused(person.approve(id_))).reason == "self_approval"
    assert (await refused(person.reject(id_))).reason == "not_an_administrator"
    assert (await refused(administrator.approve("no-such-id"))).reason == "not_found"
    assert (await refused(administrator.approve("\x00/../é"))).reason == "not_found"


async def test_a_decision_after_a_decision_names_the_first(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await company.applied(administrator.approve(id_), id_)
    for error in (await refused(administrator.reject(id_)), await refused(person.remind(id_))):
        assert (error.reason, error.metadata["verdict"], error.metadata["role"]) == (
            "already_decided",
            "approve",
            "member",
        )


async def test_a_decision_after_expiry_is_refused_though_the_timer_is_late(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await company.expire(id_)
    assert (await refused(administrator.approve(id_))).reason == "request_expired"
    assert await company.settle(id_) == EXPIRED
    assert (await refused(administrator.approve(id_))).reason == "request_expired"
    assert not (await person.access()).memberships


async def test_a_decision_recorded_before_expiry_counts_though_it_is_applied_after(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 300})
    async with running_company(hasty) as company:
        siren, administrator = await company.claimed()
        id_ = await company.person().submit(siren)
        assert not (await administrator.approve(id_)).applied
        await company.expire(id_)
        assert await company.settle(id_) == APPROVED


async def test_what_a_removed_administrator_recorded_is_never_applied(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 300})
    async with running_company(hasty) as company:
        siren, administrator = await company.claimed()
        removed = await company.joined(siren, administrator, company_pb2.ROLE_ADMINISTRATOR)
        demoted = await company.joined(siren, administrator, company_pb2.ROLE_ADMINISTRATOR)
        person = company.person()
        id_ = await person.submit(siren)
        assert not (await removed.approve(id_)).applied
        assert not (await demoted.approve(id_)).applied
        await administrator.remove(siren, removed)
        await administrator.update(siren, demoted, role=company_pb2.ROLE_MEMBER)
        assert await company.settle(id_) == PENDING
        assert not (await person.access()).memberships
        await administrator.reject(id_)
        assert await company.settle(id_) == REJECTED
        signals = await company.signals(siren, id_)
        assert signals.count("administrators_changed") == 2
