"""What the notification workflow does to the world. Each may run twice without harm."""

import grpc
from temporalio import activity

from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR, Membership
from guichet.company.v1.company_service_pb2 import (
    GetMembershipAudienceRequest,
    GetMembershipChangeRequest,
)
from guichet.identity.v1.account_pb2 import AccountNotice
from guichet.identity.v1.identity_service_pb2 import GetAccountNoticeRequest
from guichet.notification.v1.notification_pb2 import Notification
from guichet.notification.v1.notification_service_pb2 import SendNotificationsRequest
from workflows.failures import rpc_failures, trying_again
from workflows.notification.messages import (
    ACCOUNT_NOTICES,
    ACCOUNT_VERIFICATION,
    ADMINISTRATOR_GRANTED,
    CLAIMS_LOCKED,
    MEMBERSHIP_CHANGES,
    PASSWORD_RESET,
    SECOND_FACTOR_CHANGED,
    NotificationInput,
    NotificationOutcome,
    workflow_id,
)
from workflows.recipients import of_accounts, of_contact, of_operators
from workflows.services import Services, rfc3339


class NotificationActivities:
    """Calls the services for one mail. Errors are ApplicationErrors that name the reason."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @activity.defn
    async def deliver(self, notification: NotificationInput) -> NotificationOutcome:
        """Sends the mail, or nothing where what it tells has not happened after all."""
        with rpc_failures():
            mail = await self._mail(notification)
            return outcome(await self._services.send(mail))

    @activity.defn
    async def abandon_delivery(self, notification: NotificationInput) -> NotificationOutcome:
        """Marks the mail as abandoned."""
        with rpc_failures():
            return outcome(await self._services.abandon(await self._mail(notification)))

    async def _mail(self, notification: NotificationInput) -> SendNotificationsRequest:
        composed = {
            ADMINISTRATOR_GRANTED: self._granted,
            CLAIMS_LOCKED: self._claims_locked,
            **dict.fromkeys(MEMBERSHIP_CHANGES, self._membership_changed),
            **dict.fromkeys(ACCOUNT_NOTICES, self._notice),
        }
        if notification.kind not in composed:
            # Of a release that comes after this worker's: it waits for a worker that knows it.
            raise trying_again("kind_unknown", notification.kind)
        mail = await composed[notification.kind](notification)
        mail.event_id = workflow_id(notification.kind, notification.subject_id)
        mail.kind = notification.kind
        return mail

    async def _granted(self, notification: NotificationInput) -> SendNotificationsRequest:
        answer = await self._services.company.GetMembershipAudience(
            GetMembershipAudienceRequest(membership_id=notification.subject_id, siren=notification.siren)
        )
        membership = answer.membership
        if not membership.id:
            return SendNotificationsRequest()
        accounts = await self._services.accounts([membership.account_id])
        name = accounts[membership.account_id].full_name if membership.account_id in accounts else ""
        return SendNotificationsRequest(
            recipients=of_contact(answer.contact_email),
            parameters={
                "siren": membership.siren,
                "company_name": membership.company_name,
                "administrator_name": name,
                "grant_time": rfc3339(membership.create_time),
            },
        )

    async def _membership_changed(self, notification: NotificationInput) -> SendNotificationsRequest:
        answer = await self._services.company.GetMembershipChange(
            GetMembershipChangeRequest(change_id=notification.subject_id, siren=notification.siren)
        )
        if not answer.HasField("change"):
            return SendNotificationsRequest()
        change = answer.change
        accounts = await self._services.accounts([change.account_id])
        return SendNotificationsRequest(
            recipients=of_accounts(accounts.values()),
            parameters={
                "siren": change.siren,
                "company_name": change.company_name,
                "changed_by": "self" if change.by_own_account else "administrator",
                "role": "administrator" if change.role == ROLE_ADMINISTRATOR else "member",
                "suspended": "true" if change.state == Membership.STATE_SUSPENDED else "",
                "change_time": rfc3339(change.change_time),
            },
        )

    async def _claims_locked(self, notification: NotificationInput) -> SendNotificationsRequest:
        return SendNotificationsRequest(
            recipients=of_operators(await self._services.operators()),
            parameters={"siren": notification.siren},
        )

    async def _notice(self, notification: NotificationInput) -> SendNotificationsRequest:
        try:
            answer = await self._services.identity.GetAccountNotice(
                GetAccountNoticeRequest(notice_id=notification.subject_id)
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return SendNotificationsRequest()
            raise
        notice = answer.notice
        return SendNotificationsRequest(
            recipients=of_accounts([notice.account] if notice.account.id else []),
            parameters=parameters_of(notification.kind, notice),
        )


def parameters_of(kind: str, notice: AccountNotice) -> dict[str, str]:
    if kind == SECOND_FACTOR_CHANGED:
        return {"change": notice.detail}
    if kind not in (ACCOUNT_VERIFICATION, PASSWORD_RESET):
        return {}
    parameters = {"token": notice.token, "expire_time": rfc3339(notice.expire_time)}
    return {**parameters, "code": notice.code} if kind == ACCOUNT_VERIFICATION else parameters


def outcome(notifications: list[Notification]) -> NotificationOutcome:
    states = [one.state for one in notifications]
    return NotificationOutcome(
        sent=states.count(Notification.STATE_SENT),
        failed=states.count(Notification.STATE_FAILED),
        abandoned=states.count(Notification.STATE_ABANDONED),
    )
