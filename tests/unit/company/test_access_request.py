from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.company.domain.access_request import (
    AccessRequest,
    Decision,
    EscalationReason,
    Origin,
    Outcome,
    Reminder,
    ReminderPolicy,
    State,
    Verdict,
)
from services.company.domain.errors import (
    AlreadyDecided,
    NotAnAdministrator,
    NotFoundHere,
    RemindersExhausted,
    ReminderTooEarly,
    RequestCancelled,
    RequestExpired,
    SelfApproval,
)
from services.company.domain.membership import Membership, MembershipState, Role

SUBMITTED = datetime(2026, 3, 2, 9, tzinfo=UTC)
EXPIRES = SUBMITTED + timedelta(days=30)
MOMENT = timedelta(microseconds=1)
REQUESTER, ANNE, BRUNO, REMOVED = "requester", "anne", "bruno", "removed"
ADMINISTRATORS = frozenset({ANNE, BRUNO})
POLICY = ReminderPolicy(cooldown=timedelta(hours=24), maximum=2)


def pending(*decisions: Decision) -> AccessRequest:
    return AccessRequest(
        id="request",
        siren="732829320",
        company_name="Ateliers",
        account_id=REQUESTER,
        message="",
        state=State.PENDING,
        created_at=SUBMITTED,
        remind_at=SUBMITTED + timedelta(days=2),
        escalate_at=SUBMITTED + timedelta(days=5),
        expire_at=EXPIRES,
        decisions=list(decisions),
    )


def decision(
    by: str,
    *,
    at: datetime = SUBMITTED + timedelta(hours=1),
    verdict: Verdict = Verdict.APPROVE,
    id_: str = "d",
) -> Decision:
    role = Role.MEMBER if verdict is Verdict.APPROVE else None
    return Decision(id_, verdict, role, "", by, at)


def membership(role: Role, state: MembershipState = MembershipState.ACTIVE) -> Membership:
    return Membership("m", ANNE, "732829320", "Ateliers", role, state, SUBMITTED)


REJECT = Verdict.REJECT
LATE = EXPIRES + timedelta(days=1)


@pytest.mark.parametrize(
    ("decisions", "now", "administrators", "state", "outcomes"),
    [
        ([], SUBMITTED, ADMINISTRATORS, State.PENDING, []),
        ([], EXPIRES - MOMENT, ADMINISTRATORS, State.PENDING, []),
        ([], EXPIRES, ADMINISTRATORS, State.EXPIRED, []),
        ([decision(ANNE)], SUBMITTED, ADMINISTRATORS, State.APPROVED, [Outcome.APPLIED]),
        ([decision(ANNE, verdict=REJECT)], SUBMITTED, ADMINISTRATORS, State.REJECTED, [Outcome.APPLIED]),
        ([decision(ANNE)], LATE, ADMINISTRATORS, State.APPROVED, [Outcome.APPLIED]),
        ([decision(ANNE, at=EXPIRES - MOMENT)], LATE, ADMINISTRATORS, State.APPROVED, [Outcome.APPLIED]),
        ([decision(ANNE, at=EXPIRES)], LATE, ADMINISTRATORS, State.EXPIRED, [Outcome.REFUSED]),
        ([decision(REMOVED)], SUBMITTED, ADMINISTRATORS, State.PENDING, [Outcome.REFUSED]),
        ([decision(REMOVED)], LATE, ADMINISTRATORS, State.EXPIRED, [Outcome.REFUSED]),
        ([decision(REQUESTER)], SUBMITTED, {REQUESTER}, State.PENDING, [Outcome.REFUSED]),
        (
            [decision(REMOVED), decision(ANNE, verdict=REJECT, at=EXPIRES - MOMENT)],
            LATE,
            ADMINISTRATORS,
            State.REJECTED,
            [Outcome.REFUSED, Outcome.APPLIED],
        ),
        (
            [decision(BRUNO, at=EXPIRES - MOMENT), decision(ANNE, verdict=REJECT, id_="first")],
            LATE,
            ADMINISTRATORS,
            State.REJECTED,
            [Outcome.SUPERSEDED, Outcome.APPLIED],
        ),
    ],
)
def test_settle(
    decisions: list[Decision],
    now: datetime,
    administrators: Collection[str],
    state: State,
    outcomes: list[Outcome],
) -> None:
    copies = [Decision(d.id, d.verdict, d.role, d.reason, d.decided_by, d.created_at) for d in decisions]
    access_request = pending(*copies)
    access_request.settle(now=now, administrators=administrators)
    assert access_request.state is state
    assert [one.outcome for one in copies] == outcomes
    assert access_request.ended_at == (None if state is State.PENDING else now)
    assert access_request.revision == (1 if state is State.PENDING else 2)


recorded = st.lists(
    st.tuples(
        st.sampled_from([ANNE, BRUNO, REMOVED, REQUESTER]),
        st.sampled_from(Verdict),
        st.integers(-3, 3).map(lambda hours: EXPIRES + timedelta(hours=hours)),
    ),
    max_size=6,
).map(
    lambda rows: [
        decision(by, verdict=verdict, at=at, id_=f"d{number}")
        for number, (by, verdict, at) in enumerate(rows)
    ]
)


@given(recorded, st.randoms(use_true_random=False), st.integers(-4, 4))
def test_one_decision_becomes_final_whatever_the_order_they_are_read_in(
    decisions: list[Decision], random: Random, hours: int
) -> None:
    def settled(order: list[Decision]) -> tuple[State, dict[str, Outcome | None]]:
        copies = [Decision(d.id, d.verdict, d.role, d.reason, d.decided_by, d.created_at) for d in order]
        access_request = pending(*copies)
        access_request.settle(now=EXPIRES + timedelta(hours=hours), administrators=ADMINISTRATORS)
        applied = [one for one in copies if one.outcome is Outcome.APPLIED]
        ended_by_decision = access_request.state in (State.APPROVED, State.REJECTED)
        assert len(applied) == ended_by_decision
        for one in applied:
            assert one.decided_by in ADMINISTRATORS
            assert one.created_at < EXPIRES
            assert (one.verdict is Verdict.APPROVE) == (access_request.state is State.APPROVED)
        if not applied:
            assert (access_request.state is State.EXPIRED) == (hours >= 0)
        return access_request.state, {one.id: one.outcome for one in copies}

    shuffled = list(decisions)
    random.shuffle(shuffled)
    assert settled(decisions) == settled(shuffled)


@given(recorded, st.lists(st.integers(-4, 4), min_size=1, max_size=5))
def test_settling_again_never_changes_what_is_final(decisions: list[Decision], hours: list[int]) -> None:
    access_request = pending(*decisions)
    for hour in sorted(hours):
        final = (access_request.state, access_request.ended_at, access_request.revision)
        access_request.settle(now=EXPIRES + timedelta(hours=hour), administrators=ADMINISTRATORS)
        if final[0] is not State.PENDING:
            assert (access_request.state, access_request.ended_at, access_request.revision) == final


def test_only_an_active_administrator_who_did_not_ask_records_a_decision() -> None:
    with pytest.raises(SelfApproval):
        pending().record(decision(REQUESTER), by=membership(Role.ADMINISTRATOR))
    with pytest.raises(NotAnAdministrator):
        pending().record(decision(ANNE), by=membership(Role.MEMBER))
    for stranger in (None, membership(Role.ADMINISTRATOR, MembershipState.SUSPENDED)):
        with pytest.raises(NotFoundHere):
            pending().record(decision(ANNE), by=stranger)
    access_request = pending()
    access_request.record(decision(ANNE), by=membership(Role.ADMINISTRATOR))
    assert access_request.state is State.PENDING


def test_nothing_is_recorded_from_the_instant_of_expiry_on() -> None:
    with pytest.raises(RequestExpired):
        pending().record(decision(ANNE, at=EXPIRES), by=membership(Role.ADMINISTRATOR))
    pending().record(decision(ANNE, at=EXPIRES - MOMENT), by=membership(Role.ADMINISTRATOR))


def test_a_loser_is_told_who_won() -> None:
    access_request = pending(decision(BRUNO))
    access_request.settle(now=SUBMITTED, administrators=ADMINISTRATORS)
    with pytest.raises(AlreadyDecided) as raised:
        access_request.record(decision(ANNE), by=membership(Role.ADMINISTRATOR))
    assert raised.value.metadata == {
        "access_request_id": "request",
        "verdict": "approve",
        "role": "member",
        "decided_by_account_id": BRUNO,
        "decide_time": "2026-03-02T10:00:00Z",
    }


def test_a_withdrawal_supersedes_what_was_recorded_and_is_final() -> None:
    access_request = pending(decision(REMOVED))
    assert access_request.cancel(now=SUBMITTED)[0].outcome is Outcome.SUPERSEDED
    with pytest.raises(RequestCancelled):
        access_request.cancel(now=SUBMITTED)


def reminder(hours: float, origin: Origin = Origin.REQUESTER) -> Reminder:
    return Reminder(f"r{hours}", origin, SUBMITTED + timedelta(hours=hours))


def test_the_cooldown_counts_from_the_submission_and_then_from_the_last_reminder() -> None:
    access_request = pending()
    assert access_request.next_reminder_at(POLICY) == SUBMITTED + timedelta(hours=24)
    with pytest.raises(ReminderTooEarly) as raised:
        access_request.remind(reminder(23.5), POLICY)
    assert raised.value.retry_after == timedelta(minutes=30)
    access_request.remind(reminder(24), POLICY)
    assert access_request.next_reminder_at(POLICY) == SUBMITTED + timedelta(hours=48)
    access_request.remind(reminder(48), POLICY)
    assert access_request.next_reminder_at(POLICY) is None
    with pytest.raises(RemindersExhausted):
        access_request.remind(reminder(72), POLICY)


def test_the_clock_reminds_at_most_once() -> None:
    access_request = pending()
    first = reminder(1, Origin.AUTOMATIC)
    assert access_request.remind_automatically(first, POLICY) is first
    assert access_request.remind_automatically(reminder(99, Origin.AUTOMATIC), POLICY) is first
    assert access_request.reminders == [first]


def test_the_clock_is_silent_within_the_cooldown_of_a_requesters_reminder() -> None:
    access_request = pending()
    access_request.remind(reminder(24), POLICY)
    assert access_request.remind_automatically(reminder(47, Origin.AUTOMATIC), POLICY) is None
    assert access_request.remind_automatically(reminder(48, Origin.AUTOMATIC), POLICY) is not None


def test_the_clock_is_silent_once_the_requester_has_used_the_budget_up() -> None:
    access_request = pending()
    access_request.remind(reminder(24), POLICY)
    access_request.remind(reminder(48), POLICY)
    assert access_request.remind_automatically(reminder(73, Origin.AUTOMATIC), POLICY) is None
    assert len(access_request.reminders) == POLICY.maximum


def test_the_first_escalation_is_kept() -> None:
    access_request = pending()
    assert access_request.escalate(EscalationReason.MAIL_BOUNCED, now=SUBMITTED)
    assert not access_request.escalate(EscalationReason.NO_ANSWER, now=SUBMITTED)
    assert access_request.escalation_reason is EscalationReason.MAIL_BOUNCED
    ended = pending(decision(ANNE))
    ended.settle(now=SUBMITTED, administrators=ADMINISTRATORS)
    assert not ended.escalate(EscalationReason.NO_ANSWER, now=SUBMITTED)
