"""The border between domain objects and messages."""

from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Row

from guichet.identity.v1 import account_pb2, identity_service_pb2, session_pb2
from services.identity.domain.account import Account
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.operator import Operator
from services.identity.domain.session import Session
from services.identity.domain.tokens import Tokens
from services.identity.operations.create_session import SignedIn

KINDS = {
    NoticeKind.ACCOUNT_VERIFICATION: account_pb2.AccountNotice.KIND_ACCOUNT_VERIFICATION,
    NoticeKind.ACCOUNT_EXISTS: account_pb2.AccountNotice.KIND_ACCOUNT_EXISTS,
    NoticeKind.PASSWORD_RESET: account_pb2.AccountNotice.KIND_PASSWORD_RESET,
    NoticeKind.PASSWORD_CHANGED: account_pb2.AccountNotice.KIND_PASSWORD_CHANGED,
}


def timestamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def account_message(account: Account | Row[Any]) -> account_pb2.Account:
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


def signed_in_message(signed_in: SignedIn) -> identity_service_pb2.CreateSessionResponse:
    return identity_service_pb2.CreateSessionResponse(
        token=signed_in.token,
        expire_time=timestamp(signed_in.session.expires_at),
        account=account_message(signed_in.account),
    )
