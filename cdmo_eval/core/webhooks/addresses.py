"""Where a message may go: an address of the public internet, or of a network that the operator allows.

A receiver's address comes from a member, and its name from somebody's DNS: both may point into our own network. So every
address that a name resolves to is judged, with what is wrapped inside it, each time a message is sent; and the connection
goes to the very address that was judged.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

PORTS = frozenset({80, 443, 8080, 8443})
LONGEST_HOST = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_PATH = re.compile(r"[!-~]*", re.ASCII)

# What the registries of special-purpose addresses keep from the public internet, and what wraps other addresses without
# saying so. Written out: what a Python release calls global has changed several times.
_CLOSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")


class UnsafeAddressError(Exception):
    """A message may not go there. `code` is for the log, the words for people."""

    def __init__(self, code: str, words: str) -> None:
        self.code = code
        super().__init__(words)


@dataclass(frozen=True)
class Target:
    """An address as it was written, taken apart."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The Host that is sent: with the port unless it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_url(url: str, *, allowed: Sequence[Network] = ()) -> Target:
    """An address taken apart. Raises UnsafeAddressError for one that could never be sent to.

    http, and ports beyond the usual ones for web services, are for networks on the allow-list only; that is judged by
    `judge` when the name is resolved, but a literal address is judged here.
    """
    if not _PATH.fullmatch(url) or "\\" in url:
        raise UnsafeAddressError(
            "malformed", "An address holds printable ASCII characters only, without spaces."
        )
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise UnsafeAddressError("malformed", "This is not an address.") from None
    if parts.scheme not in {"https", "http"}:
        raise UnsafeAddressError("scheme", "The address begins with https://.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise UnsafeAddressError("credentials", "An address holds no user name or password.")
    if "#" in url:
        raise UnsafeAddressError("fragment", "An address holds no fragment (#).")
    secure = parts.scheme == "https"
    target = Target(secure, _host(host), port or (443 if secure else 80), parts.path or "/")
    if parts.query:
        target = Target(target.secure, target.host, target.port, f"{target.path}?{parts.query}")
    literal = _literal(target.host)
    if literal is not None:
        judge(target, [str(literal)], allowed=allowed)
    elif not allowed and (not secure or target.port not in PORTS):
        _refuse_plain(target)
    return target


def _refuse_plain(target: Target) -> None:
    if not target.secure:
        raise UnsafeAddressError(
            "not_https", "The address begins with https://: messages are sent encrypted only."
        )
    if target.port not in PORTS:
        raise UnsafeAddressError("port", f"The port is one of {', '.join(map(str, sorted(PORTS)))}.")


def _host(host: str) -> str:
    """A name or literal address that every reader understands alike."""
    host = host.lower().removesuffix(".")
    if "%" in host:
        raise UnsafeAddressError("malformed", "An address names no zone.")
    if _literal(host) is not None:
        return host
    labels = host.split(".")
    if not host or len(host) > LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise UnsafeAddressError("malformed", "This is not the name of a server.")
    if re.fullmatch(
        r"0x[0-9a-f]*|[0-9]+", labels[-1]
    ):  # 127.1, 2130706433, 0x7f000001: read as addresses by some
        raise UnsafeAddressError("malformed", "Write an IP address in full, such as 203.0.113.7.")
    return host


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def judge(target: Target, addresses: Sequence[str], *, allowed: Sequence[Network] = ()) -> str:
    """The address to connect to: the first, when every one is allowed. Raises UnsafeAddressError for one that is not."""
    if not addresses:
        raise UnsafeAddressError("no_address", "The name has no address.")
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if is_allowed(address, allowed):
            continue
        if not is_public(address):
            raise UnsafeAddressError(
                "private_address", "The address lies in a network that messages may not go to."
            )
        _refuse_plain(target)
    return addresses[0]


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether the operator allows it: the address itself, or the one it maps."""
    candidates = [address]
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        candidates.append(address.ipv4_mapped)
    return any(one in network for one in candidates for network in allowed if one.version == network.version)


def is_public(address: Address) -> bool:
    """Whether it is an address of the public internet, and so is whatever is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = _wrapped(address)
        if wrapped:
            return all(map(is_public, wrapped))
        if address not in _GLOBAL_V6:
            return False
    inside = any(address in network for network in _CLOSED if network.version == address.version)
    return not inside and address.is_global and not address.is_multicast


def _wrapped(address: ipaddress.IPv6Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address leads to. Teredo lies in a closed network, so it is refused anyway."""
    number = int(address)
    if address in _MAPPED or address in _NAT64 or address in _TRANSLATED:
        return [ipaddress.IPv4Address(number & 0xFFFFFFFF)]
    if address in _SIX_TO_FOUR:
        return [ipaddress.IPv4Address((number >> 80) & 0xFFFFFFFF)]
    if address.teredo is not None:
        return list(address.teredo)
    if (number >> 32) & 0xFDFFFFFF == 0x00005EFE and address in _GLOBAL_V6:  # ISATAP: the last four bytes
        return [ipaddress.IPv4Address(number & 0xFFFFFFFF)]
    return []


def system_addresses(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says, in its order, each once."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve(target: Target, *, seconds: float, resolver: Resolver = system_addresses) -> Sequence[str]:
    """The addresses of the target within a time limit, which the system's resolver does not have.

    It is asked in a thread of its own: one that is kept waiting by a slow name server keeps nobody else waiting.
    """
    literal = _literal(target.host)
    if literal is not None:
        return [str(literal)]
    answers: SimpleQueue[Sequence[str]] = SimpleQueue()
    Thread(
        target=lambda: answers.put(resolver(target.host, target.port)), name="webhook-resolver", daemon=True
    ).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        raise UnsafeAddressError("dns_timeout", "The name was not found in time.") from None
