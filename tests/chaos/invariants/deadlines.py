"""I5: no access request stays open past its deadline, and workflows and rows open and close together."""

from tests.chaos.report import Report
from tests.chaos.run import Run
from workflows.access_request.messages import WORKFLOW_TYPE


def nothing_stays_open(run: Run, report: Report) -> None:
    in_time = report.comparing("I5", "access requests: ended by their deadline and its grace")
    latest = 0.0
    for one in run.evidence.access_requests:
        ended_at = one.ended_at or run.evidence.taken_at
        in_time(
            ended_at <= one.expire_at + run.rules.grace,
            f"{one.id} is {one.state}, deadline {one.expire_at:%H:%M:%S}, ended {one.ended_at}",
        )
        if one.state == "expired" and one.ended_at:
            latest = max(latest, (one.ended_at - one.expire_at).total_seconds())
    report.figures["seconds after its deadline, the latest expiry"] = round(latest, 1)

    running = {
        one.id for one in run.evidence.workflows if one.type == WORKFLOW_TYPE and one.status == "RUNNING"
    }
    pending = {one.workflow_id for one in run.evidence.access_requests if one.state == "pending"}
    known = {one.workflow_id for one in run.evidence.access_requests}
    paired = report.comparing("I5", "workflows: running where its access request is pending, and only there")
    for each in run.evidence.workflows:
        if each.type == WORKFLOW_TYPE:
            alike = (each.id in running) == (each.id in pending)
            paired(alike, f"{each.id} is {each.status}, {each.result}")
    for id_ in pending - {one.id for one in run.evidence.workflows}:
        paired(False, f"{id_} is pending and has no workflow")
    report.figures["workflows whose submission was rolled back"] = sum(
        one.type == WORKFLOW_TYPE and one.id not in known for one in run.evidence.workflows
    )
