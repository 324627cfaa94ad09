"""Whether an announcement reached anybody who could decide. Pure, for workflow code."""

from workflows.access_request.messages import MAIL_BOUNCED, NO_ACTIVE_ADMINISTRATOR, Announced, Announcement


def why_nobody_was_reached(announcement: Announcement, told: Announced) -> str:
    """Returns the reason to escalate at once, or nothing where an administrator was reached.

    A reminder that has no recipient was never recorded: its signal was forged.
    """
    if announcement.event not in ("received", "reminded") or told.sent:
        return ""
    if told.failed:
        return MAIL_BOUNCED
    return NO_ACTIVE_ADMINISTRATOR if announcement.event == "received" else ""
