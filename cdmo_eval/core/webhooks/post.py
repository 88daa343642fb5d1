"""One POST to a receiver that may be hostile: to an address that was judged, within a time that nobody can stretch.

Written on sockets, because the usual clients count their time-outs anew with every byte, look up the name again, follow
redirects and heed the environment's proxies. The answer is read to find its status, cut at 64 KB, and forgotten.
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdmo_eval.core.webhooks.addresses import (
    Network,
    Resolver,
    Target,
    UnsafeAddressError,
    judge,
    parse_url,
    resolve,
    system_addresses,
)

SECONDS = 5.0
COURTESY_SECONDS = 0.5
LARGEST_ANSWER = 64 * 1024
_CHUNK = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*\r?\n", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
INTERIM = range(100, 200)


@dataclass(frozen=True)
class Reply:
    """What came of it: the status, or what went wrong as a word for the log."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def accepted(self) -> bool:
        """Whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver says that it will never take one again."""
        return self.status == 410


class _FailedError(Exception):
    """It did not work; the word for the log."""


def send(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Sequence[Network] = (),
    seconds: float = SECONDS,
    resolver: Resolver = system_addresses,
) -> Reply:
    """POST a body; never raises for anything that the receiver, its name or the network does."""
    began = time.monotonic()
    ends = began + seconds

    def reply(status: int | None, error: str) -> Reply:
        return Reply(status, error, round((time.monotonic() - began) * 1000))

    try:
        target = parse_url(url, allowed=allowed)
        address = judge(target, resolve(target, seconds=_left(ends), resolver=resolver), allowed=allowed)
        status = _post(target, address, body, headers, ends)
    except UnsafeAddressError as error:
        return reply(None, error.code)
    except _FailedError as error:
        return reply(None, str(error))
    except TimeoutError:
        return reply(None, "timeout")
    except ssl.SSLCertVerificationError:
        return reply(None, "certificate")
    except ssl.SSLError:
        return reply(None, "tls")
    except (ConnectionError, OSError):
        return reply(None, "connection")
    if 300 <= status < 400:
        return reply(status, "redirect")
    return reply(status, "" if 200 <= status < 300 else "status")


def _left(ends: float) -> float:
    """Seconds that remain; raises TimeoutError when none do."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _post(target: Target, address: str, body: bytes, headers: Mapping[str, str], ends: float) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as plain:
        plain.settimeout(_left(ends))
        plain.connect((address, target.port))
        if not target.secure:
            return _exchange(plain, target, body, headers, ends)
        plain.settimeout(_left(ends))
        with ssl.create_default_context().wrap_socket(
            plain, server_hostname=target.host, do_handshake_on_connect=False
        ) as secure:
            secure.settimeout(_left(ends))
            secure.do_handshake()  # its time-out is of the whole handshake
            return _exchange(secure, target, body, headers, ends)


def _exchange(
    connection: socket.socket, target: Target, body: bytes, headers: Mapping[str, str], ends: float
) -> int:
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.host_header}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    connection.settimeout(_left(ends))
    connection.sendall("\r\n".join(lines).encode("ascii") + body)  # its time-out is of the whole sending
    return _status(connection, ends)


def _status(connection: socket.socket, ends: float) -> int:
    """The status of the final answer. What follows it is read a little, so that the receiver is not cut short."""
    got, total = b"", 0
    status: int | None = None
    wanted = LARGEST_ANSWER
    while total < wanted:
        try:
            connection.settimeout(_left(ends))
            chunk = connection.recv(min(_CHUNK, LARGEST_ANSWER - total))
        except (OSError, ssl.SSLError):
            if status is None:
                raise
            break  # the answer was there; how the receiver ends it is its own business
        if not chunk:
            break
        total += len(chunk)
        if status is not None:
            continue
        got += chunk
        status, got = _read_head(got)
        if status is not None:
            ends = min(ends, time.monotonic() + COURTESY_SECONDS)
            length = _LENGTH.search(got)
            end = _HEAD_END.search(got)
            assert end is not None  # noqa: S101 - the head is whole when it has a status
            if length:
                wanted = min(LARGEST_ANSWER, total - len(got) + end.end() + int(length[1]))
    if status is None:
        raise _FailedError("answer_too_large" if total >= LARGEST_ANSWER else "no_answer")
    return status


def _read_head(got: bytes) -> tuple[int | None, bytes]:
    """The final status once its head is whole, with what was read from there on; heads of interim answers are dropped."""
    while True:
        if not b"HTTP/1."[: len(got)] == got[:7]:
            raise _FailedError("not_http")
        end = _HEAD_END.search(got)
        if end is None:
            return None, got
        line = _STATUS.match(got)
        if line is None:
            raise _FailedError("not_http")
        status = int(line[1])
        if status not in INTERIM:
            return status, got
        got = got[end.end() :]
