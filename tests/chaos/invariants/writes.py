"""I1 for what the company service keeps: claims, access requests, reminders, decisions, memberships."""

from collections import Counter, defaultdict
from datetime import timedelta

from tests.chaos.journal import Call
from tests.chaos.report import Report
from tests.chaos.run import Run

# A write is on record between its call and its answer, by clocks of one machine.
CLOCKS = timedelta(milliseconds=50)


def acknowledged_writes_are_there(run: Run, report: Report) -> None:
    claims(run, report)
    submissions(run, report)
    reminders(run, report)
    decisions(run, report)
    membership_changes(run, report)
    table_and_audit(run, report)
    repeats(run, report)


def claims(run: Run, report: Report) -> None:
    granted = report.comparing("I1", "first claims: the grant is on record")
    on_record = {
        (one.siren, one.account_id)
        for one in run.evidence.audit_events
        if one.kind == "administrator_granted"
    }
    for call in run.journal.acknowledged("POST", "/access-requests", status=201):
        granted((call.answer["membership"]["siren"], run.account_ids.get(call.who)) in on_record, str(call))


def submissions(run: Run, report: Report) -> None:
    there = report.comparing("I1", "submissions: the access request is there")
    for call in run.journal.calls:
        if call.method == "POST" and call.path == "/access-requests":
            if call.status == 202:
                access_request_id = call.answer["access_request"]["id"]
            elif call.answer.get("code") == "already_pending":
                access_request_id = call.answer["access_request_id"]
            else:
                continue
            found = run.access_requests.get(access_request_id)
            its_own = found is not None and found.account_id == run.account_ids.get(call.who)
            there(its_own, f"{access_request_id} of {call}")


def reminders(run: Run, report: Report) -> None:
    there = report.comparing("I1", "reminders: as many as were acknowledged, no more than were asked for")
    asked: dict[str, set[str]] = defaultdict(set)
    acknowledged: dict[str, set[str]] = defaultdict(set)
    for number, call in enumerate(run.journal.calls):
        if call.path.endswith("/reminders") and (call.acknowledged or call.uncertain):
            once = call.key or str(number)
            asked[id_in(call)].add(once)
            if call.acknowledged:
                acknowledged[id_in(call)].add(once)
    kept = Counter(one.access_request_id for one in run.evidence.reminders if one.origin == "requester")
    for access_request_id in {*asked, *kept}:
        least, most = len(acknowledged[access_request_id]), len(asked[access_request_id])
        there(
            least <= kept[access_request_id] <= most,
            f"{access_request_id} has {kept[access_request_id]}, not {least} to {most}",
        )


def decisions(run: Run, report: Report) -> None:
    there = report.comparing("I1", "decisions: recorded, and applied where that was said")
    recorded = {(one.access_request_id, one.decided_by, one.verdict): one for one in run.evidence.decisions}
    applied = {one.id for one in run.evidence.decisions if one.outcome == "applied"}
    by_id = {one.id: one for one in run.evidence.decisions}
    for call in run.journal.acknowledged("POST", "/decision"):
        key = (id_in(call), run.account_ids.get(call.who, ""), str((call.body or {})["verdict"]))
        final = run.access_requests.get(id_in(call))
        if call.status == 202:
            there(key in recorded, str(call))
        else:
            won = any((by_id[one].access_request_id, by_id[one].decided_by, by_id[one].verdict) == key
                      for one in applied)  # fmt: skip
            state = "approved" if key[2] == "approve" else "rejected"
            there(won and final is not None and final.state == state, str(call))

    withdrawn = report.comparing("I1", "withdrawals: the access request is cancelled")
    for call in run.journal.acknowledged("DELETE"):
        if call.path.startswith("/access-requests/"):
            final = run.access_requests.get(id_in(call))
            withdrawn(final is not None and final.state == "cancelled", str(call))


def membership_changes(run: Run, report: Report) -> None:
    changed = report.comparing("I1", "changes of role or state: were so between call and answer")
    ended = report.comparing("I1", "removals: on record between call and answer")
    for call in run.journal.calls:
        if not call.acknowledged or "/members/" not in call.path:
            continue
        _, _, siren, _, account_id = call.path.split("/")
        begin, end = call.asked_at - CLOCKS, call.ended_at + CLOCKS
        if call.method == "PATCH":
            wanted = call.body or {}
            changed(
                any(
                    spell.meets(begin, end)
                    and wanted.get("role", spell.role) == spell.role
                    and wanted.get("state", spell.state) == spell.state
                    for spell in run.past.spells[siren]
                    if spell.account_id == account_id
                ),
                f"{call} {wanted}",
            )
        elif call.method == "DELETE":
            ended(
                any(
                    one.kind == "membership_ended"
                    and (one.siren, one.account_id) == (siren, account_id)
                    and one.actor == run.account_ids.get(call.who)
                    and begin <= one.created_at <= end
                    for one in run.evidence.audit_events
                ),
                str(call),
            )


def table_and_audit(run: Run, report: Report) -> None:
    there = report.comparing("I1", "memberships on record: in the table as they were left")
    held = {(one.siren, one.account_id): (one.role, one.state) for one in run.evidence.memberships}
    for siren in list(run.past.spells):
        for account_id, spell in run.past.current(siren).items():
            found = held.get((siren, account_id))
            there(
                found == (spell.role, spell.state),
                f"{account_id} in {siren} is {found}, not {(spell.role, spell.state)}",
            )


def repeats(run: Run, report: Report) -> None:
    same = report.comparing("I1", "repeats with one Idempotency-Key: one answer")
    answers: dict[tuple[str, str], set[str]] = defaultdict(set)
    tries: Counter[tuple[str, str]] = Counter()
    for call in run.journal.calls:
        if call.key:
            tries[call.who, call.key] += 1
            if call.acknowledged:
                answers[call.who, call.key].add(identity_of(call))
    for (who, key), ids in answers.items():
        if tries[who, key] > 1:
            same(len(ids) == 1, f"{who} {key}: {sorted(ids)}")


def identity_of(call: Call) -> str:
    answer = call.answer
    membership = answer.get("membership", {})
    return str(answer.get("access_request", answer).get("id") or membership.get("siren") or "")


def id_in(call: Call) -> str:
    """Returns the access request that a path names."""
    return call.path.split("/")[2]
