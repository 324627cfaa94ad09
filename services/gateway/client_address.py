"""From where a request comes, as far as that can be believed."""

from ipaddress import ip_address

from starlette.datastructures import Headers

from services.gateway.settings import Network


def client_address(peer: str, headers: Headers, trusted_proxies: tuple[Network, ...]) -> str:
    """Returns the address of the person's machine.

    It is the socket's, unless that is a trusted proxy: then the last address of X-Forwarded-For that is
    not one itself, since what stands before it was written by whoever sent the request.
    """
    hops = [hop.strip() for line in headers.getlist("x-forwarded-for") for hop in line.split(",")]
    address = peer
    while hops and is_trusted(address, trusted_proxies):
        hop = hops.pop()
        if not is_address(hop):
            break
        address = hop
    return address


def is_trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    return bool(proxies) and is_address(address) and any(ip_address(address) in proxy for proxy in proxies)


def is_address(written: str) -> bool:
    try:
        ip_address(written)
    except ValueError:
        return False
    return True
