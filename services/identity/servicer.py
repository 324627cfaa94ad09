# ruff: noqa: N802 - gRPC names the methods of a service so.
"""RPC in, operation or query, RPC out."""

from typing import Any

from google.protobuf.message import Message

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity import messages, queries
from services.identity.callers import account_id, client, origin
from services.identity.domain.tokens import Purpose
from services.identity.operations.add_operator import add_operator
from services.identity.operations.change_password import change_password
from services.identity.operations.confirm_password_reset import confirm_password_reset
from services.identity.operations.create_account import create_account
from services.identity.operations.create_session import create_session
from services.identity.operations.delete_session import delete_session
from services.identity.operations.request_password_reset import request_password_reset
from services.identity.operations.resend_verification import resend_verification
from services.identity.operations.revoke_other_sessions import revoke_other_sessions
from services.identity.operations.revoke_session import revoke_session
from services.identity.operations.update_account import update_account
from services.identity.operations.verify_account import verify_account
from services.identity.parts import Parts
from services.identity.second_factor_servicer import SecondFactorServicer
from services.platform.idempotency import Once
from services.platform.service_identity import ServiceIdentity

SERVICE = "guichet.identity.v1.IdentityService"

GATEWAY = frozenset({"gateway"})
CALLERS = {
    "CreateAccount": GATEWAY,
    "VerifyAccount": GATEWAY,
    "ResendVerification": GATEWAY,
    "CreateSession": GATEWAY,
    "GetSession": GATEWAY,
    "DeleteSession": GATEWAY,
    "ListSessions": GATEWAY,
    "RevokeSession": GATEWAY,
    "RevokeOtherSessions": GATEWAY,
    "UpdateAccount": GATEWAY,
    "ChangePassword": GATEWAY,
    "GetSessionChallenge": GATEWAY,
    "CompleteSession": GATEWAY,
    "GetSecondFactor": GATEWAY,
    "BeginTotp": GATEWAY,
    "ConfirmTotp": GATEWAY,
    "RemoveTotp": GATEWAY,
    "BeginPasskey": GATEWAY,
    "ConfirmPasskey": GATEWAY,
    "RenamePasskey": GATEWAY,
    "RemovePasskey": GATEWAY,
    "ReplaceRecoveryCodes": GATEWAY,
    "GetRecoveryCodes": GATEWAY,
    "ForgetRecoverySheet": GATEWAY,
    "RequestPasswordReset": GATEWAY,
    "ConfirmPasswordReset": GATEWAY,
    "BatchGetAccounts": frozenset({"gateway", "worker", "cli"}),
    "GetAccountNotice": frozenset({"worker"}),
    "TurnOffSecondFactor": frozenset({"cli"}),
    "AddOperator": frozenset({"cli"}),
    "ListOperators": frozenset({"worker", "cli"}),
}


class IdentityServicer(SecondFactorServicer):
    """`identity` signs the statements by which other services know the acting account."""

    def __init__(self, parts: Parts, identity: ServiceIdentity) -> None:
        self._parts = parts
        self._identity = identity

    def _once(self, key: str, request: Message) -> Once:
        return self._parts.once_by(client(), key, request)

    async def CreateAccount(
        self, request: rpc.CreateAccountRequest, context: Any
    ) -> rpc.CreateAccountResponse:
        # What is kept of a call, to know its repeat, must not help to guess the password.
        without_password = rpc.CreateAccountRequest()
        without_password.CopyFrom(request)
        without_password.password = self._parts.tokens.fingerprint("password", request.password)
        next_time = await create_account(
            self._parts,
            email=request.email,
            full_name=request.full_name,
            password=request.password,
            locale=request.locale,
            client=client(),
            once=self._once(request.idempotency_key, without_password),
        )
        return rpc.CreateAccountResponse(next_time=messages.timestamp(next_time))

    async def VerifyAccount(
        self, request: rpc.VerifyAccountRequest, context: Any
    ) -> rpc.VerifyAccountResponse:
        account_id = await verify_account(
            self._parts, token=request.token, email=request.email, code=request.code, client=client()
        )
        return rpc.VerifyAccountResponse(account_id=account_id)

    async def ResendVerification(
        self, request: rpc.ResendVerificationRequest, context: Any
    ) -> rpc.ResendVerificationResponse:
        next_time = await resend_verification(
            self._parts,
            email=request.email,
            client=client(),
            once=self._once(request.idempotency_key, request),
        )
        return rpc.ResendVerificationResponse(next_time=messages.timestamp(next_time))

    async def CreateSession(
        self, request: rpc.CreateSessionRequest, context: Any
    ) -> rpc.CreateSessionResponse:
        answer = await create_session(
            self._parts,
            email=request.email,
            password=request.password,
            idempotency_key=request.idempotency_key,
            origin=origin(request.user_agent),
            present_token=request.present_token,
        )
        return messages.session_answer(answer, self._parts)

    async def GetSession(self, request: rpc.GetSessionRequest, context: Any) -> rpc.GetSessionResponse:
        account, expires_at = await queries.get_session(self._parts, token=request.token)
        return rpc.GetSessionResponse(
            account=messages.account_message(account),
            account_token=self._identity.account_token(account.id),
            expire_time=messages.timestamp(expires_at),
        )

    async def DeleteSession(
        self, request: rpc.DeleteSessionRequest, context: Any
    ) -> rpc.DeleteSessionResponse:
        await delete_session(self._parts, token=request.token)
        return rpc.DeleteSessionResponse()

    async def ListSessions(self, request: rpc.ListSessionsRequest, context: Any) -> rpc.ListSessionsResponse:
        page, next_page_token = await queries.list_sessions(
            self._parts, account_id=account_id(), page_size=request.page_size, token=request.page_token
        )
        current_id = self._parts.tokens.identifier(Purpose.SESSION, request.token)
        return rpc.ListSessionsResponse(
            sessions=[messages.session_message(session, current_id=current_id) for session in page],
            next_page_token=next_page_token,
        )

    async def RevokeSession(
        self, request: rpc.RevokeSessionRequest, context: Any
    ) -> rpc.RevokeSessionResponse:
        await revoke_session(self._parts, account_id=account_id(), session_id=request.session_id)
        return rpc.RevokeSessionResponse()

    async def RevokeOtherSessions(
        self, request: rpc.RevokeOtherSessionsRequest, context: Any
    ) -> rpc.RevokeOtherSessionsResponse:
        revoked = await revoke_other_sessions(self._parts, account_id=account_id(), token=request.token)
        return rpc.RevokeOtherSessionsResponse(revoked_count=revoked)

    async def UpdateAccount(
        self, request: rpc.UpdateAccountRequest, context: Any
    ) -> rpc.UpdateAccountResponse:
        account = await update_account(
            self._parts,
            account_id=account_id(),
            full_name=request.full_name if request.HasField("full_name") else None,
            locale=request.locale if request.HasField("locale") else None,
        )
        return rpc.UpdateAccountResponse(account=messages.account_message(account))

    async def ChangePassword(
        self, request: rpc.ChangePasswordRequest, context: Any
    ) -> rpc.ChangePasswordResponse:
        token, session = await change_password(
            self._parts,
            token=request.token,
            current_password=request.current_password,
            new_password=request.new_password,
            client=client(),
            idempotency_key=request.idempotency_key,
        )
        return rpc.ChangePasswordResponse(token=token, expire_time=messages.timestamp(session.expires_at))

    async def RequestPasswordReset(
        self, request: rpc.RequestPasswordResetRequest, context: Any
    ) -> rpc.RequestPasswordResetResponse:
        await request_password_reset(
            self._parts,
            email=request.email,
            client=client(),
            once=self._once(request.idempotency_key, request),
        )
        return rpc.RequestPasswordResetResponse()

    async def ConfirmPasswordReset(
        self, request: rpc.ConfirmPasswordResetRequest, context: Any
    ) -> rpc.ConfirmPasswordResetResponse:
        await confirm_password_reset(
            self._parts, token=request.token, password=request.password, client=client()
        )
        return rpc.ConfirmPasswordResetResponse()

    async def BatchGetAccounts(
        self, request: rpc.BatchGetAccountsRequest, context: Any
    ) -> rpc.BatchGetAccountsResponse:
        found = await queries.batch_get_accounts(self._parts, account_ids=request.account_ids)
        return rpc.BatchGetAccountsResponse(accounts=map(messages.account_message, found))

    async def GetAccountNotice(
        self, request: rpc.GetAccountNoticeRequest, context: Any
    ) -> rpc.GetAccountNoticeResponse:
        notice, account = await queries.get_account_notice(self._parts, notice_id=request.notice_id)
        message = messages.notice_message(notice, account, self._parts.tokens)
        return rpc.GetAccountNoticeResponse(notice=message)

    async def AddOperator(self, request: rpc.AddOperatorRequest, context: Any) -> rpc.AddOperatorResponse:
        operator, created = await add_operator(self._parts, email=request.email, locale=request.locale)
        return rpc.AddOperatorResponse(operator=messages.operator_message(operator), created=created)

    async def ListOperators(
        self, request: rpc.ListOperatorsRequest, context: Any
    ) -> rpc.ListOperatorsResponse:
        page, next_page_token = await queries.list_operators(
            self._parts, page_size=request.page_size, token=request.page_token
        )
        return rpc.ListOperatorsResponse(
            operators=map(messages.operator_message, page), next_page_token=next_page_token
        )
