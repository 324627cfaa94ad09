"""What the access request workflow does to the world. Each may run twice without harm."""

import asyncio

import structlog
from temporalio import activity

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import (
    ConfirmAccessRequestRequest,
    EscalateAccessRequestRequest,
    GetAccessRequestAudienceRequest,
    GetAccessRequestAudienceResponse,
    RecordAutomaticReminderRequest,
    SettleAccessRequestRequest,
)
from guichet.notification.v1.notification_pb2 import Notification
from workflows.access_request.announcements import (
    Audience,
    account_ids_in,
    is_stale,
    mails_about,
    without_account,
)
from workflows.access_request.messages import (
    ESCALATED,
    PENDING,
    Announced,
    Announcement,
    Confirmed,
    Escalation,
    Settled,
    Submission,
)
from workflows.failures import rpc_failures
from workflows.insist import MAIL_AT_ONCE
from workflows.services import Services

log = structlog.get_logger()


class AccessRequestActivities:
    """Calls the services for one access request. Errors are ApplicationErrors that name the reason."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @activity.defn
    async def confirm(self, submission: Submission) -> bool:
        """Returns whether the access request was really submitted."""
        with rpc_failures():
            answer = await self._services.company.ConfirmAccessRequest(
                ConfirmAccessRequestRequest(
                    access_request_id=submission.access_request_id, siren=submission.siren
                )
            )
        return answer.submitted

    @activity.defn
    async def settle(self, access_request_id: str) -> str:
        """Brings it to its end if a decision, a cancellation or the time calls for it; returns its state."""
        with rpc_failures():
            answer = await self._services.company.SettleAccessRequest(
                SettleAccessRequestRequest(access_request_id=access_request_id)
            )
        return AccessRequest.State.Name(answer.state).removeprefix("STATE_").lower()

    @activity.defn
    async def confirm_and_tell(self, submission: Submission) -> Confirmed:
        """Tells the administrators of an access request that was really submitted.

        A company service of before names no audience: an announcement of its own tells then.
        """
        with rpc_failures():
            answer = await self._services.company.ConfirmAccessRequest(
                ConfirmAccessRequestRequest(
                    access_request_id=submission.access_request_id, siren=submission.siren
                )
            )
        if not answer.submitted:
            return Confirmed(submitted=False)
        announcement = Announcement(submission.access_request_id, "received")
        told = (
            await self._told_at_once(announcement, answer.audience) if answer.HasField("audience") else None
        )
        return Confirmed(True, told)

    @activity.defn
    async def settle_and_tell(self, access_request_id: str) -> Settled:
        """Settles it, and tells whom its end concerns."""
        with rpc_failures():
            answer = await self._services.company.SettleAccessRequest(
                SettleAccessRequestRequest(access_request_id=access_request_id)
            )
        state = AccessRequest.State.Name(answer.state).removeprefix("STATE_").lower()
        if state == PENDING:
            return Settled(state)
        announcement = Announcement(access_request_id, state)
        told = (
            await self._told_at_once(announcement, answer.audience) if answer.HasField("audience") else None
        )
        return Settled(state, told)

    @activity.defn
    async def record_automatic_reminder(self, access_request_id: str) -> str:
        """Returns the reminder's id, or nothing where none is due."""
        with rpc_failures():
            answer = await self._services.company.RecordAutomaticReminder(
                RecordAutomaticReminderRequest(access_request_id=access_request_id)
            )
        return answer.reminder_id

    @activity.defn
    async def escalate(self, escalation: Escalation) -> str:
        """Returns the reason that was kept, or nothing where it is not pending any more."""
        reason = AccessRequest.EscalationReason.Value(f"ESCALATION_REASON_{escalation.reason.upper()}")
        with rpc_failures():
            answer = await self._services.company.EscalateAccessRequest(
                EscalateAccessRequestRequest(access_request_id=escalation.access_request_id, reason=reason)
            )
        kept = AccessRequest.EscalationReason.Name(answer.reason).removeprefix("ESCALATION_REASON_").lower()
        return "" if kept == "unspecified" else kept

    @activity.defn
    async def announce(self, announcement: Announcement) -> Announced:
        """Tells whoever an event concerns and was not told yet.

        An ask that has been answered meanwhile is given up: nobody is asked for what is settled.
        """
        with rpc_failures():
            return await self._tell(announcement, await self._audience(announcement))

    @activity.defn
    async def abandon(self, announcement: Announcement) -> Announced:
        """Marks what could not be sent in time as abandoned, and returns what was sent."""
        with rpc_failures():
            mails = mails_about(announcement, await self._audience(announcement))
            return announced([one for mail in mails for one in await self._services.abandon(mail)])

    async def _told_at_once(
        self, announcement: Announcement, about: GetAccessRequestAudienceResponse
    ) -> Announced | None:
        """Tells in a second at most, or returns None: then an announcement of its own has to insist."""
        try:
            async with asyncio.timeout(MAIL_AT_ONCE.total_seconds()):
                with rpc_failures():
                    return await self._tell(announcement, await self._people(announcement, about))
        # Whatever it is shows in that announcement. What was confirmed or settled must not wait for it.
        except Exception as error:
            log.warning("activity.not_told_at_once", told=announcement.event, error=type(error).__name__)
            return None

    async def _tell(self, announcement: Announcement, audience: Audience) -> Announced:
        tell = self._services.abandon if is_stale(announcement, audience) else self._services.send
        mails = mails_about(announcement, audience)
        if activity.info().is_local:
            # The first try: nobody was named before that would have to be given up now.
            mails = [mail for mail in mails if mail.recipients]
        told = announced([one for mail in mails for one in await tell(mail)])
        return Announced(told.sent, told.failed + without_account(announcement, audience))

    async def _audience(self, announcement: Announcement) -> Audience:
        answer = await self._services.company.GetAccessRequestAudience(
            GetAccessRequestAudienceRequest(access_request_id=announcement.access_request_id)
        )
        return await self._people(announcement, answer)

    async def _people(self, announcement: Announcement, answer: GetAccessRequestAudienceResponse) -> Audience:
        account_ids = account_ids_in(answer.access_request, answer.administrator_account_ids)
        return Audience(
            access_request=answer.access_request,
            contact_email=answer.contact_email,
            administrator_account_ids=list(answer.administrator_account_ids),
            accounts=await self._services.accounts(account_ids),
            operators=await self._services.operators() if announcement.event == ESCALATED else [],
        )


def announced(notifications: list[Notification]) -> Announced:
    sent = sum(one.state == Notification.STATE_SENT for one in notifications)
    return Announced(sent=sent, failed=len(notifications) - sent)
