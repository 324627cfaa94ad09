"""Compares what people were told with what is there, and says which of the eight invariants hold."""

from tests.chaos.evidence import Evidence
from tests.chaos.invariants import (
    accounts,
    administrators,
    answers,
    deadlines,
    decisions,
    mails,
    sign_ons,
    writes,
)
from tests.chaos.journal import Journal
from tests.chaos.report import Report
from tests.chaos.run import Rules, Run

INVARIANTS = (
    accounts.acknowledged_writes_are_there,
    writes.acknowledged_writes_are_there,
    administrators.memberships_are_granted_by_the_rules,
    decisions.one_final_decision,
    mails.due_mails_arrived,
    deadlines.nothing_stays_open,
    administrators.claimed_companies_have_an_administrator,
    answers.no_unexpected_errors,
    sign_ons.ended_sign_ons_are_over,
)


def check(journal: Journal, evidence: Evidence, rules: Rules) -> Report:
    """Returns what was compared, and what is violated."""
    report, run = Report(), Run(journal, evidence, rules)
    for invariant in INVARIANTS:
        invariant(run, report)
    return report
