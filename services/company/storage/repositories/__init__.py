"""Rows in, domain objects out.

Lock order, for every transaction: idempotency key, company row, access request row, then anything else.
Whoever changes memberships, or needs them to stay as they are, holds the company's row. An access request's
decisions, reminders and state change under its own row's lock only.

Statements are built once, at import: building one costs more than running it.
"""
