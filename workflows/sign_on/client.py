"""How services hand on that a sign-on is over, in the transaction that ends it."""

from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows.sign_on.messages import (
    BACKCHANNEL_LOGOUT,
    END_SIGN_ONS,
    TASK_QUEUE,
    EndedGrant,
    LostMembership,
    logout_workflow_id,
)

LONGEST_CALL = timedelta(seconds=5)


class SignOnWorkflows:
    """Every method returns once Temporal has acknowledged, and raises temporalio's RPCError otherwise."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def end_sign_ons(self, lost: LostMembership) -> str:
        """Has the sign-ons ended that a membership no longer opens.

        Returns the identifier of the workflow that sees to it.
        """
        handle = await self._client.start_workflow(
            END_SIGN_ONS,
            lost,
            id=f"end-sign-ons/{lost.siren}/{lost.membership_id}/{uuid4().hex[:8]}",
            task_queue=TASK_QUEUE,
            static_summary=f"End sign-ons for {lost.siren}",
            rpc_timeout=LONGEST_CALL,
        )
        return handle.id

    async def tell_logout(self, grant_id: str) -> None:
        """Has the tool of a grant told that it is over. A second call meanwhile is harmless.

        A later one tells again: the transaction that ended the grant the first time may have failed.
        """
        try:
            await self._client.start_workflow(
                BACKCHANNEL_LOGOUT,
                EndedGrant(grant_id),
                id=logout_workflow_id(grant_id),
                task_queue=TASK_QUEUE,
                static_summary="Tell a tool that somebody signed out",
                rpc_timeout=LONGEST_CALL,
            )
        except WorkflowAlreadyStartedError:
            return
