from services.identity.domain.account import LOCALES, Account
from services.identity.domain.full_name import parse_full_name
from services.identity.parts import Parts
from services.platform.errors import InvalidArgument, Unauthenticated, checked


async def update_account(
    parts: Parts, *, account_id: str, full_name: str | None, locale: str | None
) -> Account:
    """Changes what an account says of itself. What is None stays as it is.

    Raises:
        InvalidArgument: see parse_full_name and parse_locale; all that is wrong together.
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    errors: list[InvalidArgument] = []
    name = checked(errors, parse_full_name, full_name) if full_name is not None else None
    if locale is not None and locale not in LOCALES:
        errors.append(InvalidArgument("locale_invalid", field="locale"))
    if errors:
        raise InvalidArgument.together(errors)
    async with parts.database.work() as work:
        account = await work.accounts.locked_by_id(account_id)
        if account is None:
            raise Unauthenticated("unauthenticated")
        account.update(full_name=name, locale=locale)
        await work.commit()
    return account
