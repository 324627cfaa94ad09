from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest
from services.platform.errors import InvalidArgument
from services.platform.paging import page_token
from tests.integration.company.people import Person
from tests.integration.company.running import RunningCompany, refused

PENDING, CANCELLED = AccessRequest.STATE_PENDING, AccessRequest.STATE_CANCELLED


async def listed(
    person: Person, siren: str, state: AccessRequest.State.ValueType = AccessRequest.STATE_UNSPECIFIED
) -> list[str]:
    ids: list[str] = []
    token = ""
    while True:
        page = await person.call(
            "ListCompanyAccessRequests",
            rpc.ListCompanyAccessRequestsRequest(siren=siren, state=state, page_size=2, page_token=token),
        )
        assert len(page.access_requests) <= 2
        ids += [one.id for one in page.access_requests]
        token = page.next_page_token
        if not token:
            return ids


async def test_an_administrator_pages_through_access_requests_newest_first(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    people = [company.person() for _ in range(5)]
    submitted = [await person.submit(siren) for person in people]
    await people[1].cancel(submitted[1])
    assert await listed(administrator, siren) == submitted[::-1]
    still = [id_ for id_ in submitted[::-1] if id_ != submitted[1]]
    assert await listed(administrator, siren, PENDING) == still
    assert await listed(administrator, siren, CANCELLED) == [submitted[1]]


async def test_plain_members_do_not_see_who_asks(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    id_ = await company.person().submit(siren)
    assert (await refused(listed(member, siren))).reason == "not_an_administrator"
    assert (await refused(member.get(id_))).reason == "not_found"


async def test_an_account_lists_its_own_access_requests(company: RunningCompany) -> None:
    person = company.person()
    ids = [await person.submit((await company.claimed())[0]) for _ in range(3)]
    page = await person.call("ListAccessRequests", rpc.ListAccessRequestsRequest(page_size=2))
    rest = await person.call(
        "ListAccessRequests", rpc.ListAccessRequestsRequest(page_size=2, page_token=page.next_page_token)
    )
    assert [one.id for one in (*page.access_requests, *rest.access_requests)] == ids[::-1]
    assert not rest.next_page_token


async def test_a_cursor_of_another_list_or_of_nobody_is_refused(company: RunningCompany) -> None:
    person, other = company.person(), company.person()
    for _ in range(2):
        await person.submit((await company.claimed())[0])
    page = await person.call("ListAccessRequests", rpc.ListAccessRequestsRequest(page_size=1))
    forged = page_token(("yesterday", "x"), filter_=("own", other.account_id, ""))
    naive = page_token(("2026-01-01T00:00:00", "x"), filter_=("own", other.account_id, ""))
    own = ("own", other.account_id, "")
    early = page_token(("0001-01-01T00:00:00+14:00", "x"), filter_=own)
    unstorable = [page_token(("2026-01-01T00:00:00+00:00", id_), filter_=own) for id_ in ("\x00", "\ud800")]
    changed = page_token(("2026-01-01T00:00:00+00:00", "x"), filter_=own)[:-1] + "A"
    for token in (page.next_page_token, forged, naive, early, *unstorable, changed, "%%%", "é"):
        error = await refused(
            other.call("ListAccessRequests", rpc.ListAccessRequestsRequest(page_token=token))
        )
        assert (error.reason, type(error)) == ("invalid_cursor", InvalidArgument)


async def test_operators_list_what_is_escalated_in_every_company(company: RunningCompany) -> None:
    (one, _), (other, _) = await company.claimed(), await company.claimed()
    escalated, calm = await company.person().submit(one), await company.person().submit(other)
    await company.as_service("worker").EscalateAccessRequest(
        rpc.EscalateAccessRequestRequest(
            access_request_id=escalated, reason=AccessRequest.ESCALATION_REASON_NO_ANSWER
        )
    )
    cli = company.as_service("cli")
    every = await cli.ListEveryAccessRequest(rpc.ListEveryAccessRequestRequest(state=PENDING, page_size=2))
    assert [each.id for each in every.access_requests] == [calm, escalated]
    stuck = await cli.ListEveryAccessRequest(
        rpc.ListEveryAccessRequestRequest(state=PENDING, escalated=True, page_size=1)
    )
    assert [each.id for each in stuck.access_requests] == [escalated]
