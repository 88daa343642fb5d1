"""Eighty addresses that lead into somebody's own network, in every spelling; a listener on the loopback hears nothing."""

import ipaddress
from collections.abc import Sequence
from threading import Event

import pytest

from cdmo_eval.core.webhooks.addresses import UnsafeAddressError, is_public, judge, parse_url, resolve
from cdmo_eval.core.webhooks.post import send
from tests.support.receivers import receiver

LITERALS = (
    # this host, private networks, carriers, link-local with the metadata services
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0",  # noqa: S104 - an address to refuse, nothing binds it
    "0.0.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1",
    "100.100.100.200", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "192.168.255.254",
    # documentation, benchmarks, relays, multicast, reserved, broadcast
    "192.0.0.1", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # the same in IPv6
    "[::1]", "[::]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[100::1]", "[2001:db8::1]",
    "[3fff::1]", "[5f00::1]", "[2001::1]", "[2001:20::1]",
    # wrapped: mapped, compatible, 6to4, NAT64, local NAT64, Teredo, translated, ISATAP
    "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[::ffff:7f00:1]",
    "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:1::]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b::10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2001:0:7f00:1::1]",
    "[2001:0:808:808:0:0:80ff:fffe]", "[::ffff:0:127.0.0.1]", "[2620:0:2d0:200:0:5efe:7f00:1]",
    "[2620:0:2d0:200:200:5efe:a00:1]",
)  # fmt: skip
SPELLINGS = (
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.0.0.01", "0",
    "127.0.0.1.", "[::1%lo]", "[fe80::1%25eth0]", "user@127.0.0.1", "good.example@127.0.0.1", "127.0.0.1#good.example",
    "good.example\\@127.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "loc\tal host", "[::ffff:0x7f.1]", "", "..",
)  # fmt: skip
NAMES = {
    "rebound.example": "127.0.0.1",
    "metadata.example": "169.254.169.254",
    "six.example": "::ffff:10.0.0.1",
}


def resolver(host: str, port: int) -> Sequence[str]:
    return [NAMES[host]] if host in NAMES else ["93.184.215.14", "127.0.0.1"]


def test_there_are_eighty() -> None:
    assert len(LITERALS) + len(SPELLINGS) + len(NAMES) + 1 >= 80


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_listener_hears_nothing_from_any_of_them(scheme: str) -> None:
    hosts = [*LITERALS, *SPELLINGS, *NAMES, "two-addresses.example"]
    with receiver() as listener:
        replies = {
            host: send(f"{scheme}://{host}:{listener.port}/", b"{}", {}, seconds=1, resolver=resolver)
            for host in hosts
        }

    assert listener.heard == []
    assert {host: reply.error for host, reply in replies.items() if reply.status or not reply.error} == {}
    assert {reply.error for reply in replies.values()} <= {
        "private_address", "malformed", "credentials", "fragment", "not_https", "port",
    }  # fmt: skip


@pytest.mark.parametrize("host", LITERALS)
def test_literal_address_is_refused_when_it_is_entered(host: str) -> None:
    with pytest.raises(UnsafeAddressError):
        parse_url(f"https://{host}/")


@pytest.mark.parametrize("name", NAMES)
def test_name_is_judged_by_what_it_resolves_to_each_time(name: str) -> None:
    target = parse_url(f"https://{name}/")

    with pytest.raises(UnsafeAddressError) as caught:
        judge(target, resolve(target, seconds=1, resolver=resolver))

    assert caught.value.code == "private_address"


def test_one_bad_address_among_good_ones_is_enough() -> None:
    target = parse_url("https://two-addresses.example/")

    with pytest.raises(UnsafeAddressError):
        judge(target, resolve(target, seconds=1, resolver=resolver))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://good.example/", "scheme"), ("file:///etc/passwd", "scheme"), ("gopher://good.example/", "scheme"),
        ("http://good.example/", "not_https"), ("https://good.example:22/", "port"), ("https://good.example:25/", "port"),
        ("https://good.example:6379/", "port"), ("https://good.example:99999/", "malformed"),
        ("https://good.example/\r\nX-Injected: 1", "malformed"), ("https://good.example/a b", "malformed"),
        ("https://user:word@good.example/", "credentials"), ("https://good.example/#x", "fragment"), ("//good.example/", "scheme"),
        ("https:///nothing", "malformed"), ("javascript:alert(1)", "scheme"),
    ],
)  # fmt: skip
def test_address_that_could_never_be_sent_to_says_why(url: str, code: str) -> None:
    with pytest.raises(UnsafeAddressError) as caught:
        parse_url(url)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.215.14",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_allowed_networks_open_http_any_port_and_private_addresses() -> None:
    allowed = [ipaddress.ip_network("127.0.0.0/8")]
    target = parse_url("http://inside.example:9999/hook", allowed=allowed)

    assert judge(target, ["127.0.0.1"], allowed=allowed) == "127.0.0.1"
    for other in ("10.0.0.1", "8.8.8.8"):
        with pytest.raises(UnsafeAddressError):
            judge(target, [other], allowed=allowed)


def test_slow_name_server_costs_no_more_than_the_time_given() -> None:
    waiting = Event()

    def slow(host: str, port: int) -> Sequence[str]:
        waiting.wait(5)
        return ["8.8.8.8"]

    reply = send("https://good.example/", b"{}", {}, seconds=0.2, resolver=slow)
    waiting.set()

    assert (reply.status, reply.error) == (None, "dns_timeout")
    assert reply.milliseconds < 1000
