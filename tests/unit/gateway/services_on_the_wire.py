"""Stand-ins for the services on a real gRPC server: what they answer is set by each test."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from guichet.company.v1 import company_service_pb2
from guichet.company.v1.access_request_pb2 import AccessRequest, Decision
from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR, ROLE_MEMBER, Company, Membership
from guichet.identity.v1 import identity_service_pb2, sign_on_service_pb2
from guichet.identity.v1.account_pb2 import Account
from guichet.identity.v1.second_factor_pb2 import Passkey, SecondFactor
from guichet.identity.v1.session_pb2 import Session, SessionChallenge
from guichet.identity.v1.sign_on_pb2 import Grant
from guichet.identity.v1.tool_pb2 import Client, LocalizedText, Tool
from guichet.notification.v1 import notification_service_pb2
from services.platform.errors import DomainError, NotFound, Unauthenticated
from services.platform.rpc_context import caller
from services.platform.rpc_server import CallGate
from services.platform.service_identity import TrustedServices

AT = Timestamp(seconds=1_795_425_120)
LATER = Timestamp(seconds=4_102_444_800)
CLAIRE = Account(id="claire", email="claire@example.com", full_name="Claire Morel", locale="fr")
BRUNO = Account(id="bruno", email="bruno@example.com", full_name="Bruno Petit", locale="en")
SIREN = "732829320"
PENDING = AccessRequest(
    id="request-1",
    siren=SIREN,
    company_name="Ateliers Morel",
    requester_account_id="bruno",
    state=AccessRequest.STATE_PENDING,
    create_time=AT,
    expire_time=AT,
    revision=1,
)
DECIDED = AccessRequest(
    id="request-1",
    siren=SIREN,
    company_name="Ateliers Morel",
    requester_account_id="bruno",
    state=AccessRequest.STATE_APPROVED,
    create_time=AT,
    end_time=AT,
    decision=Decision(
        id="decision-1",
        verdict=Decision.VERDICT_APPROVE,
        role=ROLE_MEMBER,
        decided_by_account_id="claire",
        create_time=AT,
    ),
)
MEMBERSHIP = Membership(
    id="membership-1",
    account_id="claire",
    siren=SIREN,
    company_name="Ateliers Morel",
    role=ROLE_ADMINISTRATOR,
    state=Membership.STATE_ACTIVE,
    create_time=AT,
)
GED = Tool(
    id="ged",
    name=LocalizedText(fr="Ged", en="Documents"),
    description=LocalizedText(fr="Déposer des documents.", en="File documents."),
    url="https://ged.example.org/",
    icon="folder",
)
BRUNOS_MEMBERSHIP = Membership(
    id="membership-2",
    account_id="bruno",
    siren=SIREN,
    company_name="Ateliers Morel",
    role=ROLE_MEMBER,
    state=Membership.STATE_ACTIVE,
    create_time=AT,
)

MEMO = Tool(
    id="memo",
    name=LocalizedText(fr="Mémo", en="Memo"),
    description=LocalizedText(fr="Des notes.", en="Notes."),
    url="https://memo.example.org/",
    icon="sheet",
    client=Client(
        redirect_uris=["https://memo.example.org/callback"],
        post_logout_redirect_uris=["https://memo.example.org/bye"],
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg="ES256",
        scopes=["openid", "profile", "email", "company", "offline_access"],
        refreshes=True,
    ),
)
SECRET = "a-secret+of-memo:%"
# Of the verifier in appendix B of RFC 7636.
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
GRANT = Grant(
    id="grant-1",
    client_id=MEMO.id,
    account=CLAIRE,
    siren=SIREN,
    scope="openid profile email company",
    redirect_uri=MEMO.client.redirect_uris[0],
    code_challenge=CHALLENGE,
    sid="sid-1",
    auth_time=AT,
    expire_time=LATER,
    issue_time=AT,
)

Reply = Message | DomainError | Callable[[Any], Message]


def another(access_request: AccessRequest, **changes: Any) -> AccessRequest:
    copy = AccessRequest()
    copy.CopyFrom(access_request)
    copy.MergeFrom(AccessRequest(**changes))
    return copy


def session_of(request: identity_service_pb2.GetSessionRequest) -> Message:
    accounts = {"claires-token": CLAIRE, "brunos-token": BRUNO}
    if request.token not in accounts:
        raise Unauthenticated("unauthenticated")
    account = accounts[request.token]
    return identity_service_pb2.GetSessionResponse(account=account, expire_time=AT)


def tool_named(request: sign_on_service_pb2.GetToolRequest) -> Message:
    if request.id != MEMO.id:
        raise NotFound("not_found")
    return sign_on_service_pb2.GetToolResponse(tool=MEMO)


def secret_checked(
    request: sign_on_service_pb2.CheckClientSecretRequest,
) -> sign_on_service_pb2.CheckClientSecretResponse:
    if (request.client_id, request.client_secret) != (MEMO.id, SECRET):
        return sign_on_service_pb2.CheckClientSecretResponse(valid=False)
    presented = sign_on_service_pb2.GetGrantResponse(grant=GRANT, tool=MEMO)
    return sign_on_service_pb2.CheckClientSecretResponse(
        valid=True, tool=MEMO, presented=presented if request.HasField("proof") else None
    )


def accounts_named(request: identity_service_pb2.BatchGetAccountsRequest) -> Message:
    known = [account for account in (CLAIRE, BRUNO) if account.id in request.account_ids]
    return identity_service_pb2.BatchGetAccountsResponse(accounts=known)


def usual_replies() -> dict[str, Reply]:
    company = company_service_pb2
    return {
        "GetSession": session_of,
        "BatchGetAccounts": accounts_named,
        "VerifyAccount": identity_service_pb2.VerifyAccountResponse(account_id="claire"),
        "CreateSession": identity_service_pb2.CreateSessionResponse(
            token="claires-token", expire_time=LATER, account=CLAIRE
        ),
        "CompleteSession": identity_service_pb2.CompleteSessionResponse(
            token="claires-token", expire_time=AT, account=CLAIRE
        ),
        "ListSessions": identity_service_pb2.ListSessionsResponse(
            sessions=[
                Session(id="session-1", create_time=AT, last_seen_time=AT, expire_time=AT, current=True)
            ]
        ),
        "GetRecoveryCodes": identity_service_pb2.GetRecoveryCodesResponse(
            recovery_codes=["k7m2-9qxt-4hrw"], expire_time=LATER
        ),
        "GetSecondFactor": identity_service_pb2.GetSecondFactorResponse(
            second_factor=SecondFactor(
                passkeys=[Passkey(id=PENDING.id, name="Ordinateur", create_time=AT)], recovery_codes_left=10
            )
        ),
        "GetSessionChallenge": identity_service_pb2.GetSessionChallengeResponse(
            challenge=SessionChallenge(token="challenge-1", expire_time=AT)
        ),
        "UpdateAccount": identity_service_pb2.UpdateAccountResponse(account=CLAIRE),
        "ChangePassword": identity_service_pb2.ChangePasswordResponse(token="claires-new", expire_time=AT),
        "GetTool": tool_named,
        "GetSignOn": sign_on_service_pb2.GetSignOnResponse(auth_time=AT, amr=["pwd"]),
        "CreateGrant": sign_on_service_pb2.CreateGrantResponse(code="code-1"),
        "GetGrant": sign_on_service_pb2.GetGrantResponse(grant=GRANT, tool=MEMO),
        "CheckClientSecret": secret_checked,
        "UseClientAssertion": sign_on_service_pb2.UseClientAssertionResponse(first_use=True),
        "IssueTokens": sign_on_service_pb2.IssueTokensResponse(
            access_token="access-1", access_expire_time=LATER, id_token="a.b.c", scope=GRANT.scope
        ),
        "GetSigningKeys": sign_on_service_pb2.GetSigningKeysResponse(jwks='{"keys": []}'),
        "GetOwnAccess": company.GetOwnAccessResponse(memberships=[MEMBERSHIP]),
        "GetEndedMembership": NotFound("not_found"),
        "GetLostAdministration": NotFound("not_found"),
        "ListEndedMemberships": company.ListEndedMembershipsResponse(),
        "CheckClaim": company.CheckClaimResponse(
            siren=SIREN, company_name="Ateliers Morel", city="Lyon", administered=True
        ),
        "RequestAccess": company.RequestAccessResponse(pending=PENDING),
        "GetAccessRequest": company.GetAccessRequestResponse(access_request=PENDING),
        "ListAccessRequests": company.ListAccessRequestsResponse(access_requests=[PENDING]),
        "ListCompanyAccessRequests": company.ListCompanyAccessRequestsResponse(access_requests=[PENDING]),
        "WaitAccessRequest": company.WaitAccessRequestResponse(access_request=PENDING),
        "UpdateAccessRequestMessage": company.UpdateAccessRequestMessageResponse(access_request=PENDING),
        "RemindAdministrators": company.RemindAdministratorsResponse(access_request=PENDING),
        "CancelAccessRequest": company.CancelAccessRequestResponse(access_request=PENDING),
        "ApproveAccessRequest": company.ApproveAccessRequestResponse(access_request=PENDING, applied=True),
        "RejectAccessRequest": company.RejectAccessRequestResponse(access_request=PENDING, applied=True),
        "GetCompany": company.GetCompanyResponse(
            company=Company(siren=SIREN, name="Ateliers Morel", state=Company.STATE_ACTIVE, create_time=AT),
            membership=MEMBERSHIP,
        ),
        "ListMemberships": company.ListMembershipsResponse(memberships=[MEMBERSHIP, BRUNOS_MEMBERSHIP]),
        "ListTools": sign_on_service_pb2.ListToolsResponse(tools=[GED, MEMO]),
        "UpdateMembership": company.UpdateMembershipResponse(membership=BRUNOS_MEMBERSHIP),
    }


@dataclass
class ServicesOnTheWire:
    """What was asked of the services, and what they reply. A DomainError is raised."""

    replies: dict[str, Reply] = field(default_factory=usual_replies)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    client_addresses: list[str] = field(default_factory=list)
    health: HealthServicer = field(default_factory=HealthServicer)

    def reset(self) -> None:
        self.replies = usual_replies()
        self.calls.clear()
        self.client_addresses.clear()

    def asked(self, method: str) -> list[Any]:
        return [request for name, request in self.calls if name == method]

    async def serve(self, *checks: str, serving: bool = True) -> None:
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if serving else states.NOT_SERVING
        for check in checks:
            await self.health.set(check, state)

    def handler(self, method: str, kind: type[Message]) -> Callable[..., Any]:
        async def handle(request: Message, context: Any) -> Message:
            self.calls.append((method, request))
            self.client_addresses.append(caller.get().client_address)
            reply = self.replies.get(method, kind())
            if isinstance(reply, DomainError):
                raise reply
            return reply if isinstance(reply, Message) else reply(request)

        return handle


def handlers_of(fakes: ServicesOnTheWire, descriptor: Any) -> grpc.GenericRpcHandler:
    methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        method.name: grpc.unary_unary_rpc_method_handler(
            fakes.handler(method.name, GetMessageClass(method.output_type)),
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        for method in descriptor.methods
    }
    return grpc.method_handlers_generic_handler(descriptor.full_name, methods)


@asynccontextmanager
async def served(trusted: TrustedServices) -> AsyncIterator[tuple[ServicesOnTheWire, dict[str, int]]]:
    """Serves the three services, each on a port of its own, with the gate that the real ones have."""
    fakes = ServicesOnTheWire()
    servers, ports = [], {}
    for name, modules in (
        ("identity", (identity_service_pb2, sign_on_service_pb2)),
        ("company", (company_service_pb2,)),
        ("notification", (notification_service_pb2,)),
    ):
        descriptors = [next(iter(one.DESCRIPTOR.services_by_name.values())) for one in modules]
        callers = {
            one.full_name: {method.name: frozenset({"gateway"}) for method in one.methods}
            for one in descriptors
        }
        server = grpc.aio.server(interceptors=[CallGate(callers, trusted)])
        server.add_generic_rpc_handlers(tuple(handlers_of(fakes, one) for one in descriptors))
        health_pb2_grpc.add_HealthServicer_to_server(fakes.health, server)
        ports[name] = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        servers.append(server)
    try:
        yield fakes, ports
    finally:
        for server in servers:
            await server.stop(None)
