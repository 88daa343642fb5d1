"""Hostile receivers: whatever they do, a message costs a bounded time and memory, and nothing else is contacted."""

import ipaddress
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from cdmo_eval.core.webhooks import post
from cdmo_eval.core.webhooks.post import Reply, send
from tests.support.receivers import Behaviour, drip, flood, hang_up, read_request, receiver, say, silent

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
SECONDS = 0.6
OK = b"HTTP/1.1 200 OK\r\n"


def post_to(url: str, *, resolver: object = None) -> Reply:
    given = {"resolver": resolver} if resolver else {}
    return send(url, b'{"a":1}', {"X-Mark": "1"}, allowed=LOOPBACK, seconds=SECONDS, **given)  # type: ignore[arg-type]


def test_message_arrives_whole_with_host_and_path() -> None:
    with receiver() as honest:
        reply = post_to(honest.url)

    ((headers, body),) = honest.got
    assert (reply.status, reply.accepted, reply.error) == (200, True, "")
    assert (headers[""], headers["host"], headers["x-mark"], body) == (
        "POST /hook?a=b HTTP/1.1", f"127.0.0.1:{honest.port}", "1", b'{"a":1}',
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "error"), [(204, ""), (400, "status"), (500, "status"), (302, "redirect"), (410, "status")]
)
def test_status_decides(status: int, error: str) -> None:
    with receiver() as honest:
        honest.status = status
        reply = post_to(honest.url)

    assert (reply.status, reply.error, reply.accepted, reply.gone) == (
        status,
        error,
        status < 300,
        status == 410,
    )


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        pytest.param(silent, None, "timeout", id="never answers"),
        pytest.param(hang_up, None, "connection", id="resets"),
        pytest.param(drip(OK * 1000), None, "timeout", id="slow loris in the headers"),
        pytest.param(drip(b"HTTP/1.1 2"), None, "timeout", id="slow loris in the first line"),
        pytest.param(flood(OK, b"X: " + b"a" * 5000 + b"\r\n"), None, "answer_too_large", id="endless headers"),
        pytest.param(flood(OK + b"\r\n", b"b" * 65_536), 200, "", id="endless body"),
        pytest.param(drip(OK + b"\r\n", each=0), 200, "", id="slow body"),
        pytest.param(flood(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), None, "answer_too_large", id="endless interim answers"),
        pytest.param(say(b"\x16\x03\x01\x02\x00garbage"), None, "not_http", id="garbage"),
        pytest.param(say(b"HTTP/1.1 2000 OK\r\n\r\n"), None, "not_http", id="no status"),
        pytest.param(say(b""), None, "no_answer", id="empty answer"),
        pytest.param(say(OK + b"Content-Length: 999999999999\r\n\r\n"), 200, "", id="lies about its length"),
        pytest.param(say(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\n"), 200, "", id="interim answer first"),
        pytest.param(
            say(b"HTTP/1.1 307 x\r\nLocation: http://169.254.169.254/latest\r\n\r\n"), 307, "redirect", id="redirect to metadata",
        ),
    ],
)  # fmt: skip
def test_hostile_receiver_costs_bounded_time(behaviour: Behaviour, status: int | None, error: str) -> None:
    with receiver(behaviour) as hostile:
        reply = post_to(hostile.url)

    assert (reply.status, reply.error) == (status, error)
    assert reply.milliseconds < (SECONDS + 1) * 1000


def test_redirect_to_another_listener_is_not_followed() -> None:
    with receiver() as other:
        answer = f"HTTP/1.1 302 x\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with receiver(say(answer)) as first:
            reply = post_to(first.url)

    assert (reply.error, len(first.heard), other.heard) == ("redirect", 1, [])


def test_environment_proxies_are_not_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as honest:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        reply = post_to(honest.url)

    assert (reply.status, proxy.heard) == (200, [])


def test_nobody_listening_is_an_error_at_once() -> None:
    with receiver() as gone:
        pass

    assert post_to(gone.url).error == "connection"


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", str(key),
        "-out", str(cert), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return key, cert


def secure(key: Path, cert: Path, seen: list[str | None]) -> Behaviour:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda _socket, name, _context: seen.append(name)

    def behave(connection: object) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:  # type: ignore[arg-type]
            read_request(wrapped)
            wrapped.sendall(OK + b"Content-Length: 0\r\n\r\n")

    return behave


def test_tls_names_the_host_and_checks_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, cert = certificate(tmp_path, "hooks.example")
    seen: list[str | None] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    with receiver(secure(key, cert, seen)) as server:
        untrusted = post_to(f"https://hooks.example:{server.port}/", resolver=resolver)
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        trusted = post_to(f"https://hooks.example:{server.port}/", resolver=resolver)
        other = post_to(f"https://other.example:{server.port}/", resolver=resolver)

    assert (untrusted.error, trusted.status, other.error) == ("certificate", 200, "certificate")
    assert seen == ["hooks.example", "hooks.example", "other.example"]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [(drip(b"\x16\x03\x03"), "timeout"), (silent, "timeout"), (flood(b"", b"garbage " * 4096), "tls")],
    ids=["slow handshake", "no handshake", "garbage"],
)
def test_hostile_handshake_costs_bounded_time(behaviour: Behaviour, error: str) -> None:
    with receiver(behaviour) as hostile:
        reply = post_to(f"https://127.0.0.1:{hostile.port}/")

    assert reply.error in {error, "tls", "connection"}
    assert reply.milliseconds < (SECONDS + 1) * 1000


def test_the_time_given_is_five_seconds() -> None:
    assert (post.SECONDS, post.LARGEST_ANSWER) == (5.0, 65_536)
