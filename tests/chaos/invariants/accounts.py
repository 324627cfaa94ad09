"""I1 for accounts: sign-ups, verifications, passwords, sessions."""

from collections import defaultdict

from tests.chaos.journal import Call
from tests.chaos.report import Report
from tests.chaos.run import Run

CONFIRMATION = "/password-resets/confirmation"


def acknowledged_writes_are_there(run: Run, report: Report) -> None:
    signed_up = report.comparing("I1", "sign-ups: the account is there")
    for call in run.journal.acknowledged("POST", "/accounts"):
        signed_up(str((call.body or {})["email"]).lower() in run.account_ids, str(call))

    verified = report.comparing("I1", "verifications: the account is verified")
    for call in run.journal.acknowledged("POST", "/accounts/verification"):
        account = run.accounts.get(call.answer["account_id"])
        verified(account is not None and account.verified_at is not None, str(call))

    passwords(run, report)
    sessions(run, report)


def passwords(run: Run, report: Report) -> None:
    changed = report.comparing("I1", "new passwords: the last one opens, the ones before do not")
    for who in {call.who for call in run.journal.calls if call.path == CONFIRMATION}:
        confirmations = [call for call in confirmations_of(run, who) if may_have_worked(call)]
        last = max(confirmations, key=lambda call: call.ended_at, default=None)
        if last is None or not last.acknowledged:
            continue
        chosen = str((last.body or {})["password"])
        if any(other.works_until > last.asked_at for other in confirmations if password(other) != chosen):
            continue
        for (email, tried), status in run.evidence.passwords.items():
            if email == who:
                which = "the last" if tried == chosen else "an earlier"
                right = 201 if tried == chosen else 401
                changed(status == right, f"{who} after {last}: {which} password answers {status}")


def sessions(run: Run, report: Report) -> None:
    alive = report.comparing("I1", "sessions: still open")
    ended = report.comparing("I1", "sessions: ended by signing out or a new password")
    ends: dict[str, list[Call]] = defaultdict(list)
    for call in run.journal.calls:
        if may_have_worked(call) and (is_sign_out(call) or call.path == CONFIRMATION):
            ends[call.who].append(call)

    def endings_of(who: str, token: str) -> list[Call]:
        return [one for one in ends[who] if one.session == token or not is_sign_out(one)]

    for call in run.journal.acknowledged("POST", "/sessions"):
        token = call.answer["token"]
        status = run.evidence.sessions[token]
        endings = [one for one in endings_of(call.who, token) if one.works_until >= call.asked_at]
        if not endings:
            alive(status == 200, f"{call}: answers {status} now")
        elif any(one.acknowledged and one.asked_at >= call.ended_at for one in endings):
            ended(status == 401, f"{call}: answers {status} now")

    kept = report.comparing("I1", "calls with an open session: not answered 401")
    for call in run.journal.calls:
        if call.session and call.status is not None:
            endings = [one for one in endings_of(call.who, call.session) if one.asked_at <= call.ended_at]
            kept(call.status != 401 or bool(endings), str(call))


def is_sign_out(call: Call) -> bool:
    return (call.method, call.path) == ("DELETE", "/sessions/current")


def confirmations_of(run: Run, who: str) -> list[Call]:
    return [call for call in run.journal.calls if call.path == CONFIRMATION and call.who == who]


def password(call: Call) -> str:
    return str((call.body or {})["password"])


def may_have_worked(call: Call) -> bool:
    return call.acknowledged or call.uncertain
