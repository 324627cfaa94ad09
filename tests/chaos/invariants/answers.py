"""I7: which answers people got, and which calls got none."""

from collections import Counter
from datetime import timedelta

from tests.chaos.journal import Call
from tests.chaos.report import Report
from tests.chaos.run import Run

OUR_OWN = ("aborted", "unread")
# Between a gateway's return and the end of what was under way when it left.
AFTERWARDS = timedelta(seconds=2)


def no_unexpected_errors(run: Run, report: Report) -> None:
    answered = report.comparing("I7", "answers: no 5xx but 503 with Retry-After")
    reached = report.comparing("I7", "calls: refused or cut only while the gateway was away")
    for call in run.journal.calls:
        if call.status is not None:
            answered(call.status < 500 or (call.status == 503 and bool(call.retry_after)), str(call))
        reached(call.status is not None or call.lost in OUR_OWN or gateway_was_away(run, call), str(call))
    said = Counter(
        str(call.status) if call.status is not None else f"no answer, {call.lost}"
        for call in run.journal.calls
    )
    report.figures |= {f"calls: {answer}": count for answer, count in sorted(said.items())}


def gateway_was_away(run: Run, call: Call) -> bool:
    return any(
        fault.program == "gateway"
        and fault.begin <= call.ended_at
        and call.asked_at <= fault.end + AFTERWARDS
        for fault in run.journal.faults
    )
