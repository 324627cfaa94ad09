"""What operations and queries work with."""

from dataclasses import dataclass

from services.company.domain.member_code import MemberCodes
from services.company.settings import CompanySettings
from services.company.storage.changes import Changes
from services.company.storage.unit_of_work import Database
from workflows.access_request.client import AccessRequestWorkflows
from workflows.notification.client import Notifications
from workflows.sign_on.client import SignOnWorkflows


@dataclass(frozen=True)
class Parts:
    """Put together by server.py, once for a process."""

    settings: CompanySettings
    database: Database
    changes: Changes
    workflows: AccessRequestWorkflows
    notifications: Notifications
    sign_ons: SignOnWorkflows
    member_codes: MemberCodes
