"""What an administrator should look at twice before letting somebody in."""

from collections.abc import Collection, Iterable

# The mailboxes that most people have, the commonest first: a mistyped domain is most often one of these.
COMMON_MAILBOXES = (
    *("gmail.com", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "outlook.fr", "outlook.com"),
    *("hotmail.fr", "hotmail.com", "yahoo.fr", "sfr.fr", "icloud.com"),
)
# Anybody gets an address there: it says nothing of where its owner works.
PUBLIC_MAILBOXES = frozenset(
    {
        *COMMON_MAILBOXES,
        *("googlemail.com", "live.com", "live.fr", "msn.com", "yahoo.com", "ymail.com", "me.com", "mac.com"),
        *("neuf.fr", "bbox.fr", "numericable.fr", "gmx.com", "gmx.fr", "aol.com", "proton.me"),
        *("protonmail.com", "mail.com", "zoho.com", "tutanota.com"),
    }
)


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].casefold()


def domains_of(emails: Iterable[str]) -> frozenset[str]:
    """Returns the domains of addresses; those of public mailboxes are no company's."""
    return frozenset(map(domain_of, filter(None, emails))) - PUBLIC_MAILBOXES


def flags_of(email: str, *, confusable: bool, known_domains: Collection[str]) -> list[str]:
    """Returns the warnings about an address, by name.

    `confusable`: it can be mistaken for another. `personal`: it is of a public mailbox. `foreign`: its domain
    is none of the members'; nothing is said of it while none is known.
    """
    domain = domain_of(email)
    found = ["confusable"] if confusable else []
    if domain in PUBLIC_MAILBOXES:
        found.append("personal")
    elif known_domains and domain not in known_domains:
        found.append("foreign")
    return found
