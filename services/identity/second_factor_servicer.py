# ruff: noqa: N802 - gRPC names the methods of a service so.
"""The RPCs of the second factor: RPC in, operation or query, RPC out."""

from typing import Any

from guichet.identity.v1 import identity_service_pb2 as rpc
from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceServicer
from services.identity import messages, queries
from services.identity.callers import account_id, client, origin
from services.identity.domain.second_factor import Method
from services.identity.domain.tokens import Purpose
from services.identity.operations.begin_passkey import begin_passkey
from services.identity.operations.begin_totp import begin_totp
from services.identity.operations.complete_session import complete_session
from services.identity.operations.confirm_passkey import confirm_passkey
from services.identity.operations.confirm_totp import confirm_totp
from services.identity.operations.forget_recovery_sheet import forget_recovery_sheet
from services.identity.operations.remove_passkey import remove_passkey
from services.identity.operations.remove_totp import remove_totp
from services.identity.operations.rename_passkey import rename_passkey
from services.identity.operations.replace_recovery_codes import replace_recovery_codes
from services.identity.operations.turn_off_second_factor import turn_off_second_factor
from services.identity.parts import Parts
from services.identity.proofs import Proof
from services.platform.errors import Unauthenticated
from services.platform.rpc_context import caller


def proof_in(request: rpc.CompleteSessionRequest) -> Proof:
    match request.WhichOneof("proof"):
        case "passkey_assertion":
            return Proof(Method.PASSKEY, request.passkey_assertion)
        case "recovery_code":
            return Proof(Method.RECOVERY_CODE, request.recovery_code)
        case _:
            return Proof(Method.TOTP, request.totp_code)


class SecondFactorServicer(IdentityServiceServicer):
    """Needs `_parts`, which IdentityServicer has."""

    _parts: Parts

    def _session_id(self, token: str) -> str:
        """Returns the session of a token. Gateways of before send none, and share one that is called ""."""
        if not token:
            return ""
        session_id = self._parts.tokens.identifier(Purpose.SESSION, token)
        if session_id is None:
            raise Unauthenticated("unauthenticated")
        return session_id

    async def GetSessionChallenge(
        self, request: rpc.GetSessionChallengeRequest, context: Any
    ) -> rpc.GetSessionChallengeResponse:
        asked = await queries.get_session_challenge(self._parts, token=request.token)
        return rpc.GetSessionChallengeResponse(challenge=messages.challenge_message(asked, self._parts))

    async def CompleteSession(
        self, request: rpc.CompleteSessionRequest, context: Any
    ) -> rpc.CompleteSessionResponse:
        answer = await complete_session(
            self._parts,
            challenge_token=request.challenge_token,
            proof=proof_in(request),
            idempotency_key=request.idempotency_key,
            origin=origin(request.user_agent),
            present_token=request.present_token,
        )
        return rpc.CompleteSessionResponse(
            token=answer.token,
            expire_time=messages.timestamp(answer.session.expires_at),
            account=messages.account_message(answer.account),
        )

    async def GetSecondFactor(
        self, request: rpc.GetSecondFactorRequest, context: Any
    ) -> rpc.GetSecondFactorResponse:
        own = await queries.get_second_factor(
            self._parts, account_id=account_id(), session_id=self._session_id(request.token)
        )
        return rpc.GetSecondFactorResponse(second_factor=messages.second_factor_message(own, self._parts))

    async def BeginTotp(self, request: rpc.BeginTotpRequest, context: Any) -> rpc.BeginTotpResponse:
        enrolment, email = await begin_totp(
            self._parts,
            account_id=account_id(),
            session_id=self._session_id(request.token),
            password=request.password,
            client=client(),
        )
        message = messages.totp_enrolment_message(enrolment, email, self._parts)
        return rpc.BeginTotpResponse(enrolment=message)

    async def ConfirmTotp(self, request: rpc.ConfirmTotpRequest, context: Any) -> rpc.ConfirmTotpResponse:
        codes = await confirm_totp(
            self._parts,
            account_id=account_id(),
            session_id=self._session_id(request.token),
            code=request.code,
            idempotency_key=request.idempotency_key,
        )
        return rpc.ConfirmTotpResponse(recovery_codes=codes)

    async def RemoveTotp(self, request: rpc.RemoveTotpRequest, context: Any) -> rpc.RemoveTotpResponse:
        await remove_totp(self._parts, account_id=account_id(), password=request.password, client=client())
        return rpc.RemoveTotpResponse()

    async def BeginPasskey(self, request: rpc.BeginPasskeyRequest, context: Any) -> rpc.BeginPasskeyResponse:
        enrolment, options = await begin_passkey(
            self._parts,
            account_id=account_id(),
            session_id=self._session_id(request.token),
            password=request.password,
            client=client(),
        )
        answer = rpc.BeginPasskeyResponse()
        answer.enrolment.options = options
        answer.enrolment.expire_time.FromDatetime(enrolment.expires_at)
        return answer

    async def ConfirmPasskey(
        self, request: rpc.ConfirmPasskeyRequest, context: Any
    ) -> rpc.ConfirmPasskeyResponse:
        passkey, codes = await confirm_passkey(
            self._parts,
            account_id=account_id(),
            session_id=self._session_id(request.token),
            name=request.name,
            credential=request.credential,
            idempotency_key=request.idempotency_key,
        )
        return rpc.ConfirmPasskeyResponse(passkey=messages.passkey_message(passkey), recovery_codes=codes)

    async def RenamePasskey(
        self, request: rpc.RenamePasskeyRequest, context: Any
    ) -> rpc.RenamePasskeyResponse:
        passkey = await rename_passkey(
            self._parts, account_id=account_id(), passkey_id=request.passkey_id, name=request.name
        )
        return rpc.RenamePasskeyResponse(passkey=messages.passkey_message(passkey))

    async def RemovePasskey(
        self, request: rpc.RemovePasskeyRequest, context: Any
    ) -> rpc.RemovePasskeyResponse:
        await remove_passkey(
            self._parts,
            account_id=account_id(),
            passkey_id=request.passkey_id,
            password=request.password,
            client=client(),
        )
        return rpc.RemovePasskeyResponse()

    async def ReplaceRecoveryCodes(
        self, request: rpc.ReplaceRecoveryCodesRequest, context: Any
    ) -> rpc.ReplaceRecoveryCodesResponse:
        codes = await replace_recovery_codes(
            self._parts,
            account_id=account_id(),
            session_id=self._session_id(request.token),
            password=request.password,
            client=client(),
            idempotency_key=request.idempotency_key,
        )
        return rpc.ReplaceRecoveryCodesResponse(recovery_codes=codes)

    async def GetRecoveryCodes(
        self, request: rpc.GetRecoveryCodesRequest, context: Any
    ) -> rpc.GetRecoveryCodesResponse:
        codes, expires_at = await queries.get_recovery_codes(
            self._parts, account_id=account_id(), session_id=self._session_id(request.token)
        )
        return rpc.GetRecoveryCodesResponse(recovery_codes=codes, expire_time=messages.timestamp(expires_at))

    async def ForgetRecoverySheet(
        self, request: rpc.ForgetRecoverySheetRequest, context: Any
    ) -> rpc.ForgetRecoverySheetResponse:
        await forget_recovery_sheet(
            self._parts, account_id=account_id(), session_id=self._session_id(request.token)
        )
        return rpc.ForgetRecoverySheetResponse()

    async def TurnOffSecondFactor(
        self, request: rpc.TurnOffSecondFactorRequest, context: Any
    ) -> rpc.TurnOffSecondFactorResponse:
        by = f"service:{caller.get().service}"
        await turn_off_second_factor(self._parts, email=request.email, by=by)
        return rpc.TurnOffSecondFactorResponse()
