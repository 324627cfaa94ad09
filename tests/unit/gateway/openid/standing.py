"""How the person and the tool stand when a sign-on is asked for."""

from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1.company_pb2 import ROLE_MEMBER, Membership
from guichet.identity.v1.sign_on_service_pb2 import GetSignOnResponse, GetToolResponse
from guichet.identity.v1.tool_pb2 import Tool
from tests.unit.gateway.services_on_the_wire import AT, MEMO, ServicesOnTheWire

OTHER_SIREN = "552100554"
OTHER = Membership(
    id="membership-9",
    account_id="claire",
    siren=OTHER_SIREN,
    company_name="Zinc & Fils",
    role=ROLE_MEMBER,
    state=Membership.STATE_ACTIVE,
)


def changed_memo(services: ServicesOnTheWire, **client: bool) -> Tool:
    tool = Tool()
    tool.CopyFrom(MEMO)
    for name, value in client.items():
        setattr(tool.client, name, value)
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    return tool


def signed_on(services: ServicesOnTheWire, *, scopes: str = "", siren: str = "", at: Timestamp = AT) -> None:
    services.replies["GetSignOn"] = GetSignOnResponse(
        consented_scopes=scopes.split(), siren=siren, auth_time=at, amr=["pwd"]
    )


def links(page: str) -> list[str]:
    return [part.split('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]
