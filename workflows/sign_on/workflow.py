"""What follows when a sign-on is over."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from workflows.insist import PATIENTLY, insist
    from workflows.sign_on.activities import SignOnActivities
    from workflows.sign_on.messages import (
        BACKCHANNEL_LOGOUT,
        END_SIGN_ONS,
        EndedGrant,
        EndedSignOns,
        LogoutOutcome,
        LostMembership,
    )

TOOLS_ARE_GIVEN_UP_AFTER = timedelta(days=1)


@workflow.defn(name=END_SIGN_ONS)
class EndSignOns:
    """Ends the sign-ons of somebody who has lost a company, whatever is away meanwhile."""

    @workflow.run
    async def run(self, lost: LostMembership) -> EndedSignOns:
        workflow.set_current_details(f"Ending the sign-ons for {lost.siren}")
        ended = await insist(SignOnActivities.end_sign_ons, lost, summary="End sign-ons")
        workflow.set_current_details(f"{ended.count} sign-ons ended")
        return ended


@workflow.defn(name=BACKCHANNEL_LOGOUT)
class BackchannelLogout:
    """Tells one tool that a sign-on is over; one that is away for a day is given up."""

    @workflow.run
    async def run(self, grant: EndedGrant) -> LogoutOutcome:
        workflow.set_current_details("Waiting for the tool to take the logout")
        try:
            outcome = await insist(
                SignOnActivities.tell_logout,
                grant,
                summary="Tell the tool",
                retries=PATIENTLY,
                give_up_after=TOOLS_ARE_GIVEN_UP_AFTER,
            )
        except FailureError:
            outcome = LogoutOutcome("given up")
        workflow.set_current_details(f"The tool: {outcome.answer}")
        return outcome
