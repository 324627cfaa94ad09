from services.identity.domain.second_factor import Passkey, parse_passkey_name
from services.identity.parts import Parts
from services.platform.errors import Unauthenticated


async def rename_passkey(parts: Parts, *, account_id: str, passkey_id: str, name: str) -> Passkey:
    """Gives a passkey another name.

    Raises:
        InvalidArgument: see parse_passkey_name.
        NotFound: not_found, also for another account's.
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    shown = parse_passkey_name(name)
    async with parts.database.work() as work:
        if await work.accounts.locked_by_id(account_id) is None:
            raise Unauthenticated("unauthenticated")
        passkey = (await work.second_factors.of(account_id)).passkey(passkey_id)
        passkey.name = shown
        await work.commit()
    return passkey
