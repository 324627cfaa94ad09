from guichet.company.v1 import company_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from services.platform.errors import FailedPrecondition, NotFound, PermissionDenied
from tests.integration.company.running import RunningCompany, new_siren, refused, results

MEMBER, ADMINISTRATOR = company_pb2.ROLE_MEMBER, company_pb2.ROLE_ADMINISTRATOR
ACTIVE, SUSPENDED = company_pb2.Membership.STATE_ACTIVE, company_pb2.Membership.STATE_SUSPENDED


async def test_an_administrator_changes_roles_and_states(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    assert (await administrator.update(siren, member, role=ADMINISTRATOR)).role == ADMINISTRATOR
    assert (await administrator.update(siren, member, state=SUSPENDED)).state == SUSPENDED
    back = await administrator.update(siren, member, role=MEMBER, state=ACTIVE)
    assert (back.role, back.state) == (MEMBER, ACTIVE)


async def test_a_suspended_account_sees_its_membership_and_nothing_of_the_company(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    await administrator.update(siren, member, state=SUSPENDED)
    assert [one.state for one in (await member.access()).memberships] == [SUSPENDED]
    for call in (
        member.call("GetCompany", rpc.GetCompanyRequest(siren=siren)),
        member.call("ListMemberships", rpc.ListMembershipsRequest(siren=siren)),
        member.remove(siren, member),
    ):
        assert isinstance(await refused(call), NotFound)


async def test_the_last_administrator_can_neither_leave_nor_be_demoted_nor_suspended(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    await company.joined(siren, administrator)
    for call in (
        administrator.remove(siren, administrator),
        administrator.update(siren, administrator, role=MEMBER),
        administrator.update(siren, administrator, state=SUSPENDED),
    ):
        error = await refused(call)
        assert (error.reason, type(error)) == ("last_administrator", FailedPrecondition)


async def test_two_administrators_who_remove_each_other_leave_one(company: RunningCompany) -> None:
    for _ in range(5):
        siren, one = await company.claimed()
        other = await company.joined(siren, one, ADMINISTRATOR)
        done, errors = await results(one.remove(siren, other), other.remove(siren, one))
        assert (len(done), [error.reason for error in errors]) == (1, ["not_found"])
        rows = await company.sql(
            "SELECT account_id FROM memberships WHERE siren = :siren AND role = 'administrator'", siren=siren
        )
        assert len(rows) == 1


async def test_two_administrators_who_demote_each_other_leave_one(company: RunningCompany) -> None:
    siren, one = await company.claimed()
    other = await company.joined(siren, one, ADMINISTRATOR)
    for _ in range(20):
        done, errors = await results(
            one.update(siren, other, role=MEMBER), other.update(siren, one, role=MEMBER)
        )
        assert (len(done), [error.reason for error in errors]) == (1, ["not_an_administrator"])
        demoted = {one.account_id: one, other.account_id: other}[done[0].account_id]
        await (one if demoted is other else other).update(siren, demoted, role=ADMINISTRATOR)


async def test_two_administrators_who_leave_at_once_leave_one(company: RunningCompany) -> None:
    siren, one = await company.claimed()
    other = await company.joined(siren, one, ADMINISTRATOR)
    done, errors = await results(one.remove(siren, one), other.remove(siren, other))
    assert (len(done), [error.reason for error in errors]) == (1, ["last_administrator"])


async def test_members_may_leave_and_manage_nobody(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    other = await company.joined(siren, administrator)
    for call in (member.update(siren, member, role=ADMINISTRATOR), member.remove(siren, other)):
        error = await refused(call)
        assert (error.reason, type(error)) == ("not_an_administrator", PermissionDenied)
    await member.remove(siren, member)
    assert not (await member.access()).memberships
    assert (await member.ask(siren)).WhichOneof("outcome") == "pending"


async def test_whoever_had_access_learns_how_it_ended_until_they_have_it_again(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    ask = rpc.GetEndedMembershipRequest(siren=siren)
    assert isinstance(await refused(member.call("GetEndedMembership", ask)), NotFound)
    await administrator.remove(siren, member)
    change = (await member.call("GetEndedMembership", ask)).change
    assert (change.siren, change.by_own_account) == (siren, False)
    entering = await member.submit(siren)
    await company.applied(administrator.approve(entering), entering)
    assert isinstance(await refused(member.call("GetEndedMembership", ask)), NotFound)
    await member.remove(siren, member)
    assert (await member.call("GetEndedMembership", ask)).change.by_own_account


async def test_whoever_had_access_finds_the_last_end_for_each_company_newest_first(
    company: RunningCompany,
) -> None:
    member, found = company.person(), []
    for _ in range(2):
        siren, administrator = await company.claimed()
        for _ in range(2):
            entering = await member.submit(siren)
            await company.applied(administrator.approve(entering), entering)
            await administrator.remove(siren, member)
        found.append((siren, administrator))
    ask = rpc.ListEndedMembershipsRequest()
    changes = (await member.call("ListEndedMemberships", ask)).changes
    assert [one.siren for one in changes] == [siren for siren, _ in reversed(found)]
    (first, administrator), (last, _) = found
    assert changes[0].change_time.ToDatetime() > changes[1].change_time.ToDatetime()
    entering = await member.submit(first)
    await company.applied(administrator.approve(entering), entering)
    assert [one.siren for one in (await member.call("ListEndedMemberships", ask)).changes] == [last]
    assert not (await administrator.call("ListEndedMemberships", ask)).changes


async def test_whoever_could_decide_an_access_request_learns_why_not_any_more(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    removed, demoted, member, gone_before = [await company.joined(siren, administrator) for _ in range(4)]
    for one in (removed, demoted, gone_before):
        await administrator.update(siren, one, role=ADMINISTRATOR)
    await administrator.remove(siren, gone_before)
    requester = company.person()
    asked = rpc.GetLostAdministrationRequest(access_request_id=await requester.submit(siren))
    _, elsewhere = await company.claimed()
    for nobody in (removed, administrator, member, requester, elsewhere, gone_before):
        assert isinstance(await refused(nobody.call("GetLostAdministration", asked)), NotFound)

    await administrator.remove(siren, removed)
    end = (await removed.call("GetLostAdministration", asked)).end
    assert (end.siren, end.by_own_account, end.account_id) == (siren, False, removed.account_id)
    await administrator.update(siren, demoted, role=MEMBER)
    now = (await demoted.call("GetLostAdministration", asked)).membership
    assert (now.role, now.state) == (MEMBER, ACTIVE)
    await administrator.update(siren, demoted, state=SUSPENDED)
    assert (await demoted.call("GetLostAdministration", asked)).membership.state == SUSPENDED
    for one in (removed, demoted):
        assert isinstance(await refused(one.get(asked.access_request_id)), NotFound)

    await administrator.remove(siren, member)
    for nobody in (member, gone_before, elsewhere, company.person()):
        assert isinstance(await refused(nobody.call("GetLostAdministration", asked)), NotFound)
    for unknown in ("", "\x00", "0" * 32):
        request = rpc.GetLostAdministrationRequest(access_request_id=unknown)
        assert isinstance(await refused(removed.call("GetLostAdministration", request)), NotFound)
    later = rpc.GetLostAdministrationRequest(access_request_id=await company.person().submit(siren))
    assert isinstance(await refused(removed.call("GetLostAdministration", later)), NotFound)


async def test_strangers_learn_nothing_about_a_company(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    _, elsewhere = await company.claimed()
    for stranger in (elsewhere, company.person()):
        for call in (
            stranger.call("GetCompany", rpc.GetCompanyRequest(siren=siren)),
            stranger.call("GetCompany", rpc.GetCompanyRequest(siren=new_siren())),
            stranger.call("GetCompany", rpc.GetCompanyRequest(siren="\x00")),
            stranger.call("GetEndedMembership", rpc.GetEndedMembershipRequest(siren=siren)),
            stranger.call("ListMemberships", rpc.ListMembershipsRequest(siren=siren)),
            stranger.call("ListCompanyAccessRequests", rpc.ListCompanyAccessRequestsRequest(siren=siren)),
            stranger.update(siren, administrator, role=MEMBER),
            stranger.remove(siren, administrator),
        ):
            assert isinstance(await refused(call), NotFound)


async def test_a_new_set_of_administrators_is_told_to_pending_workflows(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    id_ = await company.person().submit(siren)
    ended = await company.person().submit(siren)
    await company.applied(administrator.reject(ended), ended)
    await administrator.update(siren, member, role=ADMINISTRATOR)
    await administrator.update(siren, member, role=ADMINISTRATOR)
    await member.remove(siren, administrator)
    assert await company.signals(siren, id_) == ["administrators_changed"] * 2
    assert await company.signals(siren, ended) == ["reject"]


async def test_removing_an_administrator_works_though_a_pending_workflow_was_ended_by_operations(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    other = await company.joined(siren, administrator, ADMINISTRATOR)
    id_ = await company.person().submit(siren)
    await company.workflow(siren, id_).terminate("tidied up")
    await administrator.remove(siren, other)
    assert not (await other.access()).memberships


async def test_a_company_counts_its_members(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    await company.joined(siren, administrator)
    suspended = await company.joined(siren, administrator, ADMINISTRATOR)
    await administrator.update(siren, suspended, state=SUSPENDED)
    answer = await administrator.call("GetCompany", rpc.GetCompanyRequest(siren=siren))
    assert (answer.company.active_member_count, answer.company.active_administrator_count) == (2, 1)
    assert answer.membership.role == ADMINISTRATOR


async def test_memberships_are_listed_in_pages_oldest_first(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    people = [administrator, *[await company.joined(siren, administrator) for _ in range(4)]]
    listed: list[str] = []
    token = ""
    while True:
        page = await administrator.call(
            "ListMemberships", rpc.ListMembershipsRequest(siren=siren, page_size=2, page_token=token)
        )
        listed += [one.account_id for one in page.memberships]
        token = page.next_page_token
        if not token:
            break
    assert listed == [person.account_id for person in people]
