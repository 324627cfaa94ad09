"""The services as the worker calls them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from guichet.identity.v1.account_pb2 import Account, Operator
from guichet.identity.v1.identity_service_pb2 import BatchGetAccountsRequest, ListOperatorsRequest
from guichet.notification.v1.notification_pb2 import Notification
from guichet.notification.v1.notification_service_pb2 import (
    AbandonNotificationsRequest,
    SendNotificationsRequest,
)
from workflows.failures import trying_again

if TYPE_CHECKING:
    from guichet.company.v1.company_service_pb2_grpc import CompanyServiceAsyncStub
    from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceAsyncStub
    from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceAsyncStub
    from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub


@dataclass(frozen=True)
class Services:
    """Stubs of the three services, identity's two."""

    identity: "IdentityServiceAsyncStub"
    sign_on: "SignOnServiceAsyncStub"
    company: "CompanyServiceAsyncStub"
    notification: "NotificationServiceAsyncStub"

    async def accounts(self, account_ids: list[str]) -> dict[str, Account]:
        """Returns the accounts that exist, by id."""
        if not account_ids:
            return {}
        found = await self.identity.BatchGetAccounts(BatchGetAccountsRequest(account_ids=account_ids))
        return {account.id: account for account in found.accounts}

    async def operators(self) -> list[Operator]:
        operators: list[Operator] = []
        request = ListOperatorsRequest(page_size=100)
        while True:
            page = await self.identity.ListOperators(request)
            operators += page.operators
            if not page.next_page_token:
                return operators
            request.page_token = page.next_page_token

    async def send(self, request: SendNotificationsRequest) -> list[Notification]:
        """Sends one event, and returns how each delivery stands.

        Without a recipient, whoever was named at an earlier try and was not told yet is given up.

        Raises:
            ApplicationError: mail_deferred, while the relay has not answered for every recipient.
        """
        if not request.recipients:
            return await self.abandon(request)
        answer = await self.notification.SendNotifications(request)
        due = [one for one in answer.notifications if one.state == Notification.STATE_DUE]
        if due:
            waiting = f"{len(due)} of {len(answer.notifications)} mails wait for the relay"
            raise trying_again("mail_deferred", f"{waiting}: {due[0].last_error}")
        return list(answer.notifications)

    async def abandon(self, mail: SendNotificationsRequest) -> list[Notification]:
        """Gives up whoever was not told yet, and returns how each delivery stands."""
        answer = await self.notification.AbandonNotifications(
            AbandonNotificationsRequest(
                event_id=mail.event_id,
                kind=mail.kind,
                access_request_id=mail.access_request_id,
                recipient_ids=[one.recipient_id for one in mail.recipients],
            )
        )
        return list(answer.notifications)


def rfc3339(timestamp: Timestamp) -> str:
    return str(timestamp.ToJsonString())
