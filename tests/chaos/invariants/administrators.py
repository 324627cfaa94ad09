"""I2 and I6: who may be in a company, and that somebody always decides for it."""

from collections import Counter

from tests.chaos.report import Report
from tests.chaos.run import Run


def memberships_are_granted_by_the_rules(run: Run, report: Report) -> None:
    one_each = report.comparing("I2", "memberships: one per account and company, granted on record")
    held = Counter((one.siren, one.account_id) for one in run.evidence.memberships)
    for (siren, account_id), count in held.items():
        one_each(
            count == 1 and account_id in run.past.current(siren),
            f"{account_id} in {siren}: {count} rows, on record {run.past.current(siren).get(account_id)}",
        )
    by_the_rules = report.comparing("I2", "grants: by a first claim, or by an administrator's decision")
    for _ in range(run.past.grants - len(run.past.against_the_rules)):
        by_the_rules(True, "")
    for words in run.past.against_the_rules:
        by_the_rules(False, words)
    one_pending = report.comparing("I2", "access requests: one pending per account and company")
    pending = Counter(
        (one.siren, one.account_id) for one in run.evidence.access_requests if one.state == "pending"
    )
    for one in run.evidence.access_requests:
        count = pending[one.siren, one.account_id]
        one_pending(count <= 1, f"{one.account_id} in {one.siren}: {count}")


def claimed_companies_have_an_administrator(run: Run, report: Report) -> None:
    now = report.comparing("I6", "claimed companies: an active administrator now")
    deciding = {
        one.siren for one in run.evidence.memberships if (one.role, one.state) == ("administrator", "active")
    }
    for siren, spells in run.past.spells.items():
        if spells:
            now(siren in deciding, siren)
    ever = report.comparing("I6", "claimed companies: never without one in between")
    for siren, spells in run.past.spells.items():
        if spells:
            gaps = [words for words in run.past.without_administrator if words.startswith(siren)]
            ever(not gaps, "; ".join(gaps))
