"""RPC in, operation or query, RPC out."""

from services.company.parts import Parts
from services.company.servicer.access_requests import AccessRequestRpcs
from services.company.servicer.companies import CompanyRpcs
from services.company.servicer.imports import ImportRpcs
from services.company.servicer.workflows import WorkflowRpcs

SERVICE = "guichet.company.v1.CompanyService"

GATEWAY, WORKER, CLI = frozenset({"gateway"}), frozenset({"worker"}), frozenset({"cli"})
CALLERS = {
    "RequestAccess": GATEWAY,
    "CheckClaim": GATEWAY,
    "GetAccessRequest": GATEWAY,
    "ListAccessRequests": GATEWAY,
    "ListCompanyAccessRequests": GATEWAY,
    "WaitAccessRequest": GATEWAY,
    "UpdateAccessRequestMessage": GATEWAY,
    "RemindAdministrators": GATEWAY,
    "CancelAccessRequest": GATEWAY,
    "ApproveAccessRequest": GATEWAY,
    "RejectAccessRequest": GATEWAY,
    "GetOwnAccess": GATEWAY,
    "GetLostAdministration": GATEWAY,
    "GetEndedMembership": GATEWAY,
    "ListEndedMemberships": GATEWAY,
    "GetCompany": GATEWAY,
    "ListMemberships": GATEWAY,
    "UpdateMembership": GATEWAY,
    "DeleteMembership": GATEWAY,
    "ConfirmAccessRequest": WORKER,
    "SettleAccessRequest": WORKER,
    "RecordAutomaticReminder": WORKER,
    "EscalateAccessRequest": WORKER,
    "GetAccessRequestAudience": WORKER,
    "GetMembershipAudience": WORKER,
    "GetMembershipChange": WORKER,
    "ListEveryAccessRequest": CLI,
    "StartCompanyImport": CLI,
    "AddCompanyImportRows": CLI,
    "FinishCompanyImport": CLI,
}


class CompanyServicer(AccessRequestRpcs, CompanyRpcs, WorkflowRpcs, ImportRpcs):
    """All of CompanyService."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
