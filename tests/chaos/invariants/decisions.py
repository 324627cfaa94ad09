"""I3: one final decision, and database, workflow and mails say the same."""

from tests.chaos.evidence import AccessRequest, Decision, Workflow
from tests.chaos.report import Compare, Report
from tests.chaos.run import Run

ENDINGS = {
    "access_request_approved": "approved",
    "access_request_rejected": "rejected",
    "access_request_expired": "expired",
    "access_request_cancelled": "cancelled",
}


def one_final_decision(run: Run, report: Report) -> None:
    decided = report.comparing("I3", "ended access requests: state and decisions agree, none is left open")
    for one in run.evidence.access_requests:
        if one.state != "pending":
            compare_decisions(one, run.decisions[one.id], decided)

    same = report.comparing("I3", "ended access requests: the workflow ended the same")
    workflows = {one.id: one for one in run.evidence.workflows}
    for one in run.evidence.access_requests:
        if one.state != "pending":
            compare_workflow(one, workflows.get(one.workflow_id), same)

    mails = report.comparing("I3", "mails about an ending: it is the one that came")
    for mail in run.evidence.mails:
        ending = ENDINGS.get(mail.kind)
        if ending:
            found = run.access_requests.get(mail.access_request_id)
            mails(
                found is not None and found.state == ending,
                f"{mail.kind} to {mail.to} about {mail.access_request_id}, which is {found and found.state}",
            )

    one_winner = report.comparing("I3", "answers about a decision: name the one that won")
    for call in run.journal.calls:
        named = named_decision(call.answer) if call.path.endswith("/decision") else ""
        if named:
            found = run.access_requests.get(call.path.split("/")[2])
            state = "approved" if named == "approve" else "rejected"
            one_winner(found is not None and found.state == state, f"{call} names {named}")


def compare_decisions(one: AccessRequest, decisions: list[Decision], decided: Compare) -> None:
    applied = [decision.verdict for decision in decisions if decision.outcome == "applied"]
    expected = {"approved": ["approve"], "rejected": ["reject"]}.get(one.state, [])
    left = [decision.id for decision in decisions if decision.outcome is None]
    decided(applied == expected, f"{one.id} is {one.state}, applied {applied}")
    if left:
        decided(False, f"{one.id} is {one.state}, and decisions {left} were never settled")


def compare_workflow(one: AccessRequest, workflow: Workflow | None, same: Compare) -> None:
    if workflow is None:
        same(False, f"{one.id} is {one.state} and has no workflow")
        return
    said = (workflow.status, workflow.result, workflow.search_state)
    same(said == ("COMPLETED", one.state, one.state), f"{one.workflow_id} is {one.state}, workflow {said}")


def named_decision(answer: dict[str, object]) -> str:
    decision = answer.get("decision")
    return str(decision.get("verdict", "")) if isinstance(decision, dict) else ""
