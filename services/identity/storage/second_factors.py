"""Second factors, read and written under the lock of their account."""

from collections.abc import Collection

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.account import Account
from services.identity.domain.recovery_codes import RecoverySheet
from services.identity.domain.second_factor import Enrolment, EnrolmentKind, Passkey, SecondFactor, Totp
from services.identity.storage import tables


class SecondFactors:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, account_id: str) -> SecondFactor:
        passkeys = await self._session.scalars(
            select(Passkey)
            .where(tables.passkeys.c.account_id == account_id)
            .order_by(tables.passkeys.c.created_at, tables.passkeys.c.id)
        )
        codes = tables.recovery_codes
        return SecondFactor(
            totp=await self._session.get(Totp, account_id),
            passkeys=tuple(passkeys),
            recovery_codes_left=await self._session.scalar(
                select(func.count()).select_from(codes).where(codes.c.account_id == account_id)
            )
            or 0,
        )

    def add(self, factor: Totp | Passkey) -> None:
        self._session.add(factor)

    async def remove(self, account: Account, factor: Totp | Passkey) -> None:
        """Removes an application or a passkey, and the recovery codes where it was the last one."""
        await self._session.delete(factor)
        await self._session.flush()
        if not (await self.of(account.id)).on:
            await self.replace_recovery_codes(account, ())

    async def knows(self, credential_id: bytes) -> bool:
        """Says whether a passkey belongs to some account."""
        known = select(tables.passkeys.c.id).where(tables.passkeys.c.credential_id == credential_id)
        return await self._session.scalar(known) is not None

    async def replace_recovery_codes(self, account: Account, fingerprints: Collection[str]) -> None:
        codes, sheets = tables.recovery_codes, tables.recovery_sheets
        await self._session.execute(delete(codes).where(codes.c.account_id == account.id))
        await self._session.execute(delete(sheets).where(sheets.c.account_id == account.id))
        if fingerprints:
            rows = [{"account_id": account.id, "fingerprint": one} for one in fingerprints]
            await self._session.execute(insert(codes), rows)

    def give(self, sheet: RecoverySheet) -> None:
        """Keeps what the codes of now derive from; `replace_recovery_codes` has dropped that of before."""
        self._session.add(sheet)

    async def given(self, account_id: str) -> RecoverySheet | None:
        return await self._session.get(RecoverySheet, account_id)

    async def forget_sheet(self, account_id: str, *, session_id: str) -> None:
        """Drops the sheet that an account was given in this session, and no other."""
        sheets = tables.recovery_sheets
        await self._session.execute(
            delete(sheets).where(sheets.c.account_id == account_id, sheets.c.session_id == session_id)
        )

    async def spend_recovery_code(self, account: Account, fingerprint: str) -> bool:
        """Takes a code away, and says whether it was there."""
        codes = tables.recovery_codes
        spent = await self._session.execute(
            delete(codes)
            .where(codes.c.account_id == account.id, codes.c.fingerprint == fingerprint)
            .returning(codes.c.fingerprint)
        )
        return spent.scalar() is not None

    async def begin(self, enrolment: Enrolment) -> None:
        """Writes what an account begins to add, in the place of what it began before."""
        await self._session.merge(enrolment)

    async def begun(self, account_id: str, kind: EnrolmentKind) -> Enrolment | None:
        return await self._session.get(Enrolment, (account_id, kind))

    async def forget(self, enrolment: Enrolment) -> None:
        await self._session.delete(enrolment)
