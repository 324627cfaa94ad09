"""How the company service starts and signals an access request's workflow."""

from dataclasses import replace
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from workflows.access_request.messages import (
    DEADLINE,
    PENDING,
    SIREN,
    STATE,
    TASK_QUEUE,
    WORKFLOW_TYPE,
    AccessRequestInput,
    AdministratorsChangedSignal,
    CancelSignal,
    DecisionSignal,
    ReminderSignal,
    workflow_id,
)

LONGEST_CALL = timedelta(seconds=5)


class AccessRequestWorkflows:
    """Every method returns once Temporal has acknowledged, and raises temporalio's RPCError otherwise."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, access_request: AccessRequestInput) -> None:
        deadlines = access_request.deadlines
        await self._client.start_workflow(
            WORKFLOW_TYPE,
            replace(access_request, steps_tell=True),
            id=workflow_id(access_request.siren, access_request.access_request_id),
            task_queue=TASK_QUEUE,
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(SIREN, access_request.siren),
                    SearchAttributePair(STATE, PENDING),
                    SearchAttributePair(DEADLINE, deadlines.expire_at),
                ]
            ),
            static_summary=f"Access to Siren {access_request.siren}",
            static_details=(
                "Someone asks to enter a company, and its administrators decide.\n\n"
                f"- automatic reminder: {deadlines.remind_at:%Y-%m-%d %H:%M} UTC\n"
                f"- escalation to the operators: {deadlines.escalate_at:%Y-%m-%d %H:%M} UTC\n"
                f"- expiry: {deadlines.expire_at:%Y-%m-%d %H:%M} UTC\n"
            ),
            rpc_timeout=LONGEST_CALL,
        )

    async def approve(self, siren: str, access_request_id: str, decision_id: str) -> None:
        await self._signal(siren, access_request_id, "approve", DecisionSignal(decision_id))

    async def reject(self, siren: str, access_request_id: str, decision_id: str) -> None:
        await self._signal(siren, access_request_id, "reject", DecisionSignal(decision_id))

    async def remind(self, siren: str, access_request_id: str, reminder_id: str) -> None:
        await self._signal(siren, access_request_id, "remind", ReminderSignal(reminder_id))

    async def cancel(self, siren: str, access_request_id: str) -> None:
        await self._signal(siren, access_request_id, "cancel", CancelSignal(access_request_id))

    async def administrators_changed(self, siren: str, access_request_id: str) -> None:
        signal = AdministratorsChangedSignal(siren)
        await self._signal(siren, access_request_id, "administrators_changed", signal)

    async def _signal(self, siren: str, access_request_id: str, name: str, argument: object) -> None:
        handle = self._client.get_workflow_handle(workflow_id(siren, access_request_id))
        await handle.signal(name, argument, rpc_timeout=LONGEST_CALL)
