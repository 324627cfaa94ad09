"""Where a notification stands."""

from enum import StrEnum


class State(StrEnum):
    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    ABANDONED = "abandoned"
