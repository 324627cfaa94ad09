"""The second factor, checked: what an account's owner can show, in a transaction that holds the account."""

from dataclasses import dataclass

from services.identity.domain.account import Account
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.recovery_codes import RecoverySheet, normal_recovery_code, recovery_codes
from services.identity.domain.second_factor import Change, Method, SessionChallenge, Totp
from services.identity.domain.totp import accepted_step
from services.identity.parts import Parts
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.rate_limits import Use

TOTP_SECRET = "totp"
RECOVERY_CODE = "recovery_code"
PASSKEY_CHALLENGE = "passkey_challenge"


@dataclass(frozen=True)
class Proof:
    """What somebody shows: digits, a recovery code, or what a browser made of a passkey, in JSON."""

    method: Method
    content: str


def guesses(parts: Parts, account_id: str) -> Use:
    """Returns what one try at an account's second factor uses."""
    return Use(parts.settings.limit_second_factor_per_account, ("second_factor", account_id))


async def holds(
    parts: Parts, work: UnitOfWork, account: Account, challenge: SessionChallenge, proof: Proof
) -> bool:
    """Says whether a proof is right, and uses it up: neither a code nor a signature works twice."""
    factor = await work.second_factors.of(account.id)
    match proof.method:
        case Method.TOTP:
            return factor.totp is not None and uses_code(parts, factor.totp, proof.content)
        case Method.RECOVERY_CODE:
            if not factor.on or not await work.second_factors.spend_recovery_code(
                account, recovery_fingerprint(parts, account, proof.content)
            ):
                return False
            tell_change(parts, work, account, Change.RECOVERY_CODE_USED)
            return True
        case Method.PASSKEY:
            secret = parts.tokens.derived(PASSKEY_CHALLENGE, challenge.id)
            signed = parts.passkeys.asserted(proof.content, factor.passkeys, secret)
            if signed is None:
                return False
            passkey, verified = signed
            passkey.use(sign_count=verified.new_sign_count, at=parts.clock())
            return True


def uses_code(parts: Parts, totp: Totp, typed: str) -> bool:
    secret = parts.tokens.derived(TOTP_SECRET, totp.id)
    step = accepted_step(secret, typed, at=parts.clock(), after=totp.last_step)
    if step is None:
        return False
    totp.last_step = step
    return True


async def give_recovery_codes(
    parts: Parts, work: UnitOfWork, account: Account, *, session_id: str
) -> list[str]:
    """Replaces an account's recovery codes, and returns the new ones, which this session can see again."""
    sheet = RecoverySheet.give(account.id, session_id=session_id, at=parts.clock())
    codes = codes_of(parts, sheet)
    await work.second_factors.replace_recovery_codes(
        account, [recovery_fingerprint(parts, account, code) for code in codes]
    )
    work.second_factors.give(sheet)
    return codes


async def codes_shown(parts: Parts, work: UnitOfWork, account_id: str, *, session_id: str) -> list[str]:
    """Returns the recovery codes that this session was just given; none where it was not."""
    sheet = await sheet_shown(parts, work, account_id, session_id=session_id)
    return codes_of(parts, sheet) if sheet is not None else []


async def sheet_shown(
    parts: Parts, work: UnitOfWork, account_id: str, *, session_id: str
) -> RecoverySheet | None:
    """Returns the sheet that this session was just given; None where it was not, or once it is forgotten."""
    sheet = await work.second_factors.given(account_id)
    shown = sheet is not None and sheet.is_shown(parts.clock(), session_id=session_id)
    return sheet if shown else None


def codes_of(parts: Parts, sheet: RecoverySheet) -> list[str]:
    return recovery_codes(lambda label: parts.tokens.derived(label, sheet.id))


def recovery_fingerprint(parts: Parts, account: Account, typed: str) -> str:
    return parts.tokens.fingerprint(RECOVERY_CODE, f"{account.id}|{normal_recovery_code(typed)}")


def tell_change(parts: Parts, work: UnitOfWork, account: Account, change: Change) -> None:
    """Owes the owner a mail about a change of the second factor."""
    kind = NoticeKind.SECOND_FACTOR_CHANGED
    work.notices.add(Notice.create(kind, account, at=parts.clock(), detail=change.value))
