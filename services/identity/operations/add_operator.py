from services.identity.domain.account import parse_locale
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.operator import Operator
from services.identity.parts import Parts


async def add_operator(parts: Parts, *, email: str, locale: str) -> tuple[Operator, bool]:
    """Adds an operator. Returns it as stored, and whether it is new; one that is there stays as it is.

    Raises:
        InvalidArgument: email_invalid, locale_invalid.
    """
    operator = Operator.create(EmailAddress.parse(email), locale=parse_locale(locale), at=parts.clock())
    async with parts.database.work() as work:
        created = await work.operators.added(operator)
        stored = operator if created else await work.operators.get(operator.email_key)
        await work.commit()
    return stored or operator, created
