"""The border between domain objects and messages."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from guichet.identity.v1 import account_pb2, identity_service_pb2, second_factor_pb2, session_pb2
from services.identity.domain.account import Account
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.operator import Operator
from services.identity.domain.second_factor import Enrolment, EnrolmentKind, Method, Passkey
from services.identity.domain.session import Session
from services.identity.domain.tokens import Purpose, Tokens
from services.identity.domain.totp import otpauth_uri, written_secret
from services.identity.parts import Parts
from services.identity.proofs import PASSKEY_CHALLENGE, TOTP_SECRET
from services.identity.queries import OwnSecondFactor
from services.identity.sign_in import Challenged, SignedIn
from services.platform.connections import Row

KINDS = {
    NoticeKind.ACCOUNT_VERIFICATION: account_pb2.AccountNotice.KIND_ACCOUNT_VERIFICATION,
    NoticeKind.ACCOUNT_EXISTS: account_pb2.AccountNotice.KIND_ACCOUNT_EXISTS,
    NoticeKind.PASSWORD_RESET: account_pb2.AccountNotice.KIND_PASSWORD_RESET,
    NoticeKind.PASSWORD_CHANGED: account_pb2.AccountNotice.KIND_PASSWORD_CHANGED,
    NoticeKind.SECOND_FACTOR_CHANGED: account_pb2.AccountNotice.KIND_SECOND_FACTOR_CHANGED,
}
METHODS = {
    Method.PASSKEY: session_pb2.SECOND_FACTOR_METHOD_PASSKEY,
    Method.TOTP: session_pb2.SECOND_FACTOR_METHOD_TOTP,
    Method.RECOVERY_CODE: session_pb2.SECOND_FACTOR_METHOD_RECOVERY_CODE,
}


def timestamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def account_message(account: Account | Row) -> account_pb2.Account:
    return account_pb2.Account(
        id=account.id,
        email=account.email,
        full_name=account.full_name,
        locale=account.locale,
        verify_time=timestamp(account.verified_at),
        create_time=timestamp(account.created_at),
        email_confusable=account.email_confusable,
        last_sign_in_time=timestamp(account.last_sign_in_at),
    )


def operator_message(operator: Operator) -> account_pb2.Operator:
    return account_pb2.Operator(
        email=operator.email, locale=operator.locale, create_time=timestamp(operator.created_at)
    )


def notice_message(notice: Notice, account: Account, tokens: Tokens) -> account_pb2.AccountNotice:
    """Makes a notice with its secrets, which are derived here and kept nowhere."""
    purpose = notice.kind.purpose
    with_code = notice.kind is NoticeKind.ACCOUNT_VERIFICATION
    return account_pb2.AccountNotice(
        id=notice.id,
        kind=KINDS[notice.kind],
        account=account_message(account),
        token=tokens.token(purpose, notice.id) if purpose else "",
        code=tokens.code(purpose, notice.id) if purpose and with_code else "",
        expire_time=timestamp(notice.expires_at),
        detail=notice.detail,
    )


def session_message(session: Session, *, current_id: str | None) -> session_pb2.Session:
    return session_pb2.Session(
        id=session.id,
        create_time=timestamp(session.created_at),
        last_seen_time=timestamp(session.seen_at),
        expire_time=timestamp(session.expires_at),
        user_agent=session.user_agent,
        client_address=session.client_address,
        current=session.id == current_id,
    )


def session_answer(answer: SignedIn | Challenged, parts: Parts) -> identity_service_pb2.CreateSessionResponse:
    if isinstance(answer, Challenged):
        return identity_service_pb2.CreateSessionResponse(challenge=challenge_message(answer, parts))
    return identity_service_pb2.CreateSessionResponse(
        token=answer.token,
        expire_time=timestamp(answer.session.expires_at),
        account=account_message(answer.account),
    )


def challenge_message(asked: Challenged, parts: Parts) -> session_pb2.SessionChallenge:
    challenge, factor = asked.challenge, asked.second_factor
    secret = parts.tokens.derived(PASSKEY_CHALLENGE, challenge.id)
    return session_pb2.SessionChallenge(
        token=parts.tokens.token(Purpose.SESSION_CHALLENGE, challenge.id),
        expire_time=timestamp(challenge.expires_at),
        methods=[METHODS[method] for method in factor.methods],
        passkey_options=parts.passkeys.request_options(factor.passkeys, secret) if factor.passkeys else "",
    )


def passkey_message(passkey: Passkey) -> second_factor_pb2.Passkey:
    return second_factor_pb2.Passkey(
        id=passkey.id,
        name=passkey.name,
        create_time=timestamp(passkey.created_at),
        last_used_time=timestamp(passkey.last_used_at),
    )


def totp_enrolment_message(enrolment: Enrolment, email: str, parts: Parts) -> second_factor_pb2.TotpEnrolment:
    """Makes what an application is set up with, which is derived here and kept nowhere."""
    secret = parts.tokens.derived(TOTP_SECRET, enrolment.id)
    return second_factor_pb2.TotpEnrolment(
        secret=written_secret(secret),
        uri=otpauth_uri(secret, email=email),
        expire_time=timestamp(enrolment.expires_at),
    )


def second_factor_message(own: OwnSecondFactor, parts: Parts) -> second_factor_pb2.SecondFactor:
    factor = own.factor
    message = second_factor_pb2.SecondFactor(
        totp_create_time=timestamp(factor.totp.created_at) if factor.totp else None,
        passkeys=map(passkey_message, factor.passkeys),
        recovery_codes_left=factor.recovery_codes_left,
    )
    if totp := own.enrolments.get(EnrolmentKind.TOTP):
        message.totp_enrolment.CopyFrom(totp_enrolment_message(totp, own.account.email, parts))
    if passkey := own.enrolments.get(EnrolmentKind.PASSKEY):
        challenge = parts.tokens.derived(PASSKEY_CHALLENGE, passkey.id)
        message.passkey_enrolment.options = parts.passkeys.creation_options(
            own.account, factor.passkeys, challenge
        )
        message.passkey_enrolment.expire_time.FromDatetime(passkey.expires_at)
    return message
