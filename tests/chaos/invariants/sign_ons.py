"""I8: whoever is out of the portal, or of a company, is out of its tools."""

from tests.chaos.report import Report
from tests.chaos.run import Run


def ended_sign_ons_are_over(run: Run, report: Report) -> None:
    active = {(one.account_id, one.siren) for one in run.evidence.memberships if one.state == "active"}
    live = report.comparing("I8", "sessions of Mémo: signed in to the portal, and in the company")
    for one in run.evidence.tool_sessions:
        live(one.sid in run.evidence.open_sids, f"{one}: signed out")
        live((one.account_id, one.siren) in active, f"{one}: not in the company")

    over = report.comparing("I8", "sign-ons whose sign-in or membership ended: gone from Mémo")
    there = {one.key for one in run.evidence.tool_sessions}
    for sign_on in run.journal.sign_ons:
        signed_out = run.evidence.sessions.get(sign_on.session) == 401
        if signed_out or (run.account_ids[sign_on.who.lower()], sign_on.siren) not in active:
            over(sign_on.key not in there, str(sign_on))
