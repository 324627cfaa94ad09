"""The names behind account ids, joined from identity: one call for a page."""

from collections.abc import Iterable

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.identity.v1.identity_service_pb2 import BatchGetAccountsRequest
from services.gateway import answers
from services.gateway.messages import Accounts, access_request_answer, people_in
from services.gateway.services import Services
from services.gateway.session import Session


async def accounts_of(services: Services, session: Session, account_ids: set[str]) -> Accounts:
    """Returns the accounts by id. The one that is signed in is known already."""
    accounts = {session.account_id: session.account}
    unknown = account_ids - accounts.keys()
    if unknown:
        request = BatchGetAccountsRequest(account_ids=sorted(unknown))
        answer = await services.identity.BatchGetAccounts(request)
        accounts.update({account.id: account for account in answer.accounts})
    return accounts


async def access_requests_answered(
    services: Services, session: Session, access_requests: Iterable[AccessRequest]
) -> list[answers.AccessRequest]:
    found = list(access_requests)
    accounts = await accounts_of(services, session, people_in(found))
    return [access_request_answer(access_request, accounts) for access_request in found]


async def access_request_answered(
    services: Services, session: Session, access_request: AccessRequest
) -> answers.AccessRequest:
    return (await access_requests_answered(services, session, [access_request]))[0]
