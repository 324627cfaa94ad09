"""How a workflow has something done whatever is away: at once if it can, else for as long as it takes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

Argument = TypeVar("Argument")
Result = TypeVar("Result")

AT_ONCE = timedelta(seconds=3)
MAIL_AT_ONCE = timedelta(seconds=1)
MAIL_IS_GIVEN_UP_AFTER = timedelta(days=3)
EACH_TRY = timedelta(seconds=30)
ONCE = RetryPolicy(maximum_attempts=1)
# A person waits for the effect of a step: it comes within seconds of the end of an outage, at the price of
# one small call every ten for each access request that has something to do. Mails are many, and less urgent.
SOON = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=10)
)
PATIENTLY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=5)
)


async def insist(
    activity: Callable[[Any, Argument], Awaitable[Result]],
    argument: Argument,
    *,
    summary: str,
    at_once: timedelta = AT_ONCE,
    retries: RetryPolicy = SOON,
    give_up_after: timedelta | None = None,
    tried: bool = False,
) -> Result:
    """Runs an idempotent activity until it succeeds.

    The first try is a local activity: no round trip, and one event in the history. Where it fails, or
    takes longer than `at_once`, an ordinary activity goes on, whose tries, waits and last error show in
    the Temporal UI. The workflow sees no signal during the first try: keep it short. Where another step
    has `tried` already, the ordinary activity is all.

    Raises:
        FailureError: it did not succeed before `give_up_after`. Without a limit it never gives up.
    """
    if not tried:
        try:
            at_first: Result = await workflow.execute_local_activity_method(
                activity, argument, start_to_close_timeout=at_once, retry_policy=ONCE, summary=summary
            )
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
        else:
            return at_first
    result: Result = await workflow.execute_activity_method(
        activity,
        argument,
        start_to_close_timeout=EACH_TRY,
        schedule_to_close_timeout=give_up_after,
        retry_policy=retries,
        summary=f"{summary} (trying again)",
    )
    return result
