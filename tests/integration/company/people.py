"""Who calls a company service."""

from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration

from guichet.company.v1 import company_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest
from services.platform.rpc_context import Acting, acting

if TYPE_CHECKING:
    from tests.integration.company.running import RunningCompany

CODE = "ADH-20417"


class Person:
    """An account that has signed in."""

    def __init__(self, company: "RunningCompany", account_id: str) -> None:
        self.account_id = account_id
        a, b, c = token_bytes(3)
        token = company.signer("identity").account_token(self.account_id)
        self._acting = Acting(account_token=token, client_address=f"10.{a}.{b}.{c}")
        self._stub = company.as_service("gateway")

    async def call(self, rpc_name: str, request: Any) -> Any:
        token = acting.set(self._acting)
        try:
            return await getattr(self._stub, rpc_name)(request)
        finally:
            acting.reset(token)

    async def ask(
        self, siren: str, code: str = CODE, *, message: str = "", key: str = ""
    ) -> rpc.RequestAccessResponse:
        request = rpc.RequestAccessRequest(
            siren=siren, member_code=code, message=message, idempotency_key=key
        )
        answer: rpc.RequestAccessResponse = await self.call("RequestAccess", request)
        return answer

    async def check(self, siren: str, code: str = CODE, *, message: str = "") -> rpc.CheckClaimResponse:
        request = rpc.CheckClaimRequest(siren=siren, member_code=code, message=message)
        answer: rpc.CheckClaimResponse = await self.call("CheckClaim", request)
        return answer

    async def submit(self, siren: str, message: str = "") -> str:
        """Returns the id of the access request."""
        answer = await self.ask(siren, message=message)
        assert answer.WhichOneof("outcome") == "pending"
        return answer.pending.id

    async def get(self, id_: str) -> AccessRequest:
        answer = await self.call("GetAccessRequest", rpc.GetAccessRequestRequest(access_request_id=id_))
        got: AccessRequest = answer.access_request
        return got

    async def approve(
        self, id_: str, *, role: company_pb2.Role.ValueType = company_pb2.ROLE_MEMBER, key: str = ""
    ) -> rpc.ApproveAccessRequestResponse:
        request = rpc.ApproveAccessRequestRequest(access_request_id=id_, role=role, idempotency_key=key)
        answer: rpc.ApproveAccessRequestResponse = await self.call("ApproveAccessRequest", request)
        return answer

    async def reject(
        self, id_: str, *, reason: str = "Unknown to us", key: str = ""
    ) -> rpc.RejectAccessRequestResponse:
        request = rpc.RejectAccessRequestRequest(access_request_id=id_, reason=reason, idempotency_key=key)
        answer: rpc.RejectAccessRequestResponse = await self.call("RejectAccessRequest", request)
        return answer

    async def cancel(self, id_: str) -> rpc.CancelAccessRequestResponse:
        request = rpc.CancelAccessRequestRequest(access_request_id=id_)
        answer: rpc.CancelAccessRequestResponse = await self.call("CancelAccessRequest", request)
        return answer

    async def reword(self, id_: str, message: str) -> AccessRequest:
        request = rpc.UpdateAccessRequestMessageRequest(access_request_id=id_, message=message)
        answer: rpc.UpdateAccessRequestMessageResponse = await self.call(
            "UpdateAccessRequestMessage", request
        )
        return answer.access_request

    async def remind(self, id_: str, *, key: str = "") -> AccessRequest:
        request = rpc.RemindAdministratorsRequest(access_request_id=id_, idempotency_key=key)
        answer: rpc.RemindAdministratorsResponse = await self.call("RemindAdministrators", request)
        return answer.access_request

    async def wait(self, id_: str, revision: int, seconds: int) -> AccessRequest:
        request = rpc.WaitAccessRequestRequest(
            access_request_id=id_, known_revision=revision, wait=Duration(seconds=seconds)
        )
        answer: rpc.WaitAccessRequestResponse = await self.call("WaitAccessRequest", request)
        return answer.access_request

    async def access(self) -> rpc.GetOwnAccessResponse:
        answer: rpc.GetOwnAccessResponse = await self.call("GetOwnAccess", rpc.GetOwnAccessRequest())
        return answer

    async def update(
        self,
        siren: str,
        other: "Person",
        *,
        role: company_pb2.Role.ValueType = company_pb2.ROLE_UNSPECIFIED,
        state: company_pb2.Membership.State.ValueType = company_pb2.Membership.STATE_UNSPECIFIED,
    ) -> company_pb2.Membership:
        request = rpc.UpdateMembershipRequest(
            siren=siren, account_id=other.account_id, role=role, state=state
        )
        answer: rpc.UpdateMembershipResponse = await self.call("UpdateMembership", request)
        return answer.membership

    async def remove(self, siren: str, other: "Person") -> rpc.DeleteMembershipResponse:
        request = rpc.DeleteMembershipRequest(siren=siren, account_id=other.account_id)
        answer: rpc.DeleteMembershipResponse = await self.call("DeleteMembership", request)
        return answer
