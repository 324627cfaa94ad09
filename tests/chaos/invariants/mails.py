"""I4: what people had to be told against what arrived.

The ledger is asked for one thing alone: whether a mail that did not arrive shows as failed or abandoned.
"""

from collections import Counter, defaultdict

from tests.chaos.evidence import Notification
from tests.chaos.invariants.due import due_in, told_of_membership
from tests.chaos.report import Report
from tests.chaos.run import Run
from workflows.recipients import fingerprint

ASKS = ("access_request_received", "access_request_reminder")
FOR_ADMINISTRATORS = (*ASKS, "access_request_settled", "access_request_cancelled")
FOR_REQUESTERS = ("access_request_approved", "access_request_rejected")
SIGN_UP = ("account_verification", "account_exists")
# Their end, or PostgreSQL's, between a send and its mark has the mail sent once more.
MAILING = ("notification", "postgres", "mailbox")

Key = tuple[str, str, str]


def due_mails_arrived(run: Run, report: Report) -> None:
    message_ids: dict[Key, set[str]] = defaultdict(set)
    for mail in run.evidence.mails:
        message_ids[mail.kind, mail.access_request_id, mail.to].add(mail.message_id)
    given_up = Counter(
        (one.kind, one.access_request_id, one.recipient_id)
        for one in run.evidence.notifications
        if one.state in ("failed", "abandoned")
    )
    about_accounts = report.comparing("I4", "mails about accounts: arrived, or show why not")
    to_accounts = report.comparing("I4", "mails about access requests, to accounts: the same")
    to_others = report.comparing("I4", "mails to contacts on file and operators: the same")
    for due in due_in(run):
        arrived = len(message_ids[due.kind, due.about, due.to])
        lost = given_up[due.kind, due.about, due.recipient_id]
        compare = to_others if not due.inside else to_accounts if due.about else about_accounts
        compare(
            arrived + lost >= due.count,
            f"{due.kind} {due.about} to {due.to}: {due.count} due, {arrived} arrived, {lost} given up",
        )
    signed_up(run, report, message_ids, given_up)
    ledger(run, report)
    copies(run, report, message_ids)
    strangers(run, report)
    report.figures["mails that arrived"] = len(run.evidence.mails)
    report.figures["mails failed or abandoned"] = given_up.total()


def signed_up(run: Run, report: Report, message_ids: dict[Key, set[str]], given_up: Counter[Key]) -> None:
    told = report.comparing("I4", "acknowledged sign-ups: a mail came of it")
    for call in run.journal.acknowledged("POST", "/accounts"):
        account_id = run.account_ids.get(call.who, "")
        found = any(message_ids[kind, "", call.who] or given_up[kind, "", account_id] for kind in SIGN_UP)
        told(found, str(call))


def ledger(run: Run, report: Report) -> None:
    settled = report.comparing("I4", "ledger: nothing left due, failed or abandoned without a reason")
    for one in run.evidence.notifications:
        words = f"{one.kind} of {one.event_id} to {one.recipient_id} is {one.state}"
        if one.state == "failed":
            settled(address_of(run, one) in run.journal.refusing, words)
        elif one.state == "abandoned":
            settled(needs_no_telling(run, one), words)
        else:
            settled(one.state == "sent", words)


def needs_no_telling(run: Run, one: Notification) -> bool:
    """Whether what it asks has been answered, its link has been followed or replaced, or it is for someone
    whom it does not concern any more.
    """
    about = run.access_requests.get(one.access_request_id)
    if about is not None:
        answered = one.kind in ASKS and about.state != "pending"
        spells = run.past.spells[about.siren]
        return answered or any(
            spell.account_id == one.recipient_id and spell.decides and spell.end for spell in spells
        )
    subject = one.event_id.rpartition("/")[2]
    followed_or_replaced = any(
        notice.id == subject and (notice.used_at or notice.ended_at) for notice in run.evidence.notices
    )
    kept = any(membership.id == subject for membership in run.evidence.memberships)
    return followed_or_replaced or (one.kind == "administrator_granted" and not kept)


def address_of(run: Run, one: Notification) -> str:
    if one.recipient_id in run.accounts:
        return run.accounts[one.recipient_id].email
    return next(
        (
            email
            for email in (*run.evidence.contacts.values(), *run.evidence.operators)
            if one.recipient_id.endswith(fingerprint(email))
        ),
        "",
    )


def copies(run: Run, report: Report, message_ids: dict[Key, set[str]]) -> None:
    one_id = report.comparing("I4", "copies: one Message-ID for each event and recipient")
    most = events_told(run)
    for (kind, about, to), ids in message_ids.items():
        one_id(
            len(ids) <= most[kind, about, to],
            f"{kind} {about} to {to}: {len(ids)} Message-IDs for {most[kind, about, to]} events",
        )
    few = report.comparing("I4", "copies: no more than deaths allow")
    extra = len(run.evidence.mails) - sum(map(len, message_ids.values()))
    deaths = sum(
        one.count
        for one in run.journal.faults
        if one.program in MAILING and one.kind in ("kill", "stop", "end sessions")
    )
    cuts = sum(one.count for one in run.journal.faults if one.kind == "relay cut_after_data")
    allowed = deaths * run.rules.sends_in_flight + cuts
    few(extra <= allowed, f"{extra} extra copies, {allowed} allowed")
    report.figures["extra copies of mails"] = extra
    report.figures["extra copies allowed"] = allowed


def events_told(run: Run) -> Counter[Key]:
    """Returns how many events of one kind somebody may have been told, about one thing."""
    most: Counter[Key] = Counter()
    for notice in run.evidence.notices:
        most[notice.kind, "", run.accounts[notice.account_id].email.lower()] += 1
    for event in run.evidence.audit_events:
        if event.kind == "administrator_granted" and event.siren:
            most[event.kind, "", run.evidence.contacts[event.siren].lower()] += 1
        elif (kind := told_of_membership(event)) is not None:
            most[kind, "", run.accounts[event.account_id or ""].email.lower()] += 1
    for mail in run.evidence.mails:
        if mail.kind == "access_request_reminder":
            most[mail.kind, mail.access_request_id, mail.to] = len(run.reminders[mail.access_request_id])
        elif mail.access_request_id:
            most[mail.kind, mail.access_request_id, mail.to] = 1
    return most


def strangers(run: Run, report: Report) -> None:
    entitled = report.comparing("I4", "mails about access requests: only to those they concern")
    for mail in run.evidence.mails:
        account_id = run.account_ids.get(mail.to)
        one = run.access_requests.get(mail.access_request_id)
        if not mail.access_request_id:
            continue
        if one is None:
            entitled(False, f"{mail.kind} {mail.access_request_id} to {mail.to}: no such access request")
        elif mail.kind in FOR_REQUESTERS:
            entitled(account_id == one.account_id, f"{mail.kind} {one.id} to {mail.to}")
        elif mail.kind in FOR_ADMINISTRATORS:
            ever = {spell.account_id for spell in run.past.spells[one.siren] if spell.decides}
            entitled(account_id in ever, f"{mail.kind} {one.id} to {mail.to}")
