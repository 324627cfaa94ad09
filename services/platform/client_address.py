"""Which addresses count as one client for limits."""

from ipaddress import IPv4Address, ip_address, ip_network

UNKNOWN = "unknown"
# A household or an office gets at least this much of IPv6: RFC 6177.
IPV6_PREFIX = 64


def client_of(address: str) -> str:
    """Returns the address itself (IPv4) or its /64 network (IPv6), so that nobody has 2^64 identities."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, IPV6_PREFIX), strict=False))
