"""Receivers of webhooks on the loopback: an honest one that keeps what it got, and hostile ones."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
Behaviour = Callable[[socket.socket], None]


@dataclass
class Receiver:
    """A listener; `heard` are the connections it took, `got` the requests that the honest one read whole."""

    port: int
    heard: list[object] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}/hook?a=b"


@contextmanager
def receiver(behaviour: Behaviour | None = None) -> Iterator[Receiver]:
    """Listen in a thread; each connection gets the behaviour, or an honest answer with the receiver's status."""
    with socket.create_server((LOOPBACK, 0)) as server:
        found = Receiver(server.getsockname()[1])
        server.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, peer = server.accept()
                except TimeoutError:
                    continue
                except OSError:
                    return
                found.heard.append(peer)
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        def handle(connection: socket.socket) -> None:
            with connection, suppress(OSError, ssl.SSLError):
                (behaviour or honest)(connection)

        def honest(connection: socket.socket) -> None:
            headers, body = read_request(connection)
            found.got.append((headers, body))
            answer = f"HTTP/1.1 {found.status} Whatever\r\nContent-Length: 2\r\nLocation: http://169.254.169.254/\r\n\r\nok"
            connection.sendall(answer.encode())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            over.set()
            thread.join(2)


def read_request(connection: socket.socket) -> tuple[dict[str, str], bytes]:
    """Headers (lower case; "" is the first line) and body."""
    connection.settimeout(5)
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65_536)
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {"": first} | {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
    }
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65_536)
    return headers, body


def drip(content: bytes, *, each: float = 0.05) -> Behaviour:
    """Send a byte now and then, for ever."""

    def behave(connection: socket.socket) -> None:
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(each)
        while True:
            connection.sendall(b"a")
            time.sleep(each)

    return behave


def flood(first: bytes, then: bytes) -> Behaviour:
    """Send something, then the same again and again as fast as it goes."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(then)

    return behave


def say(content: bytes) -> Behaviour:
    """Read the request, answer so, and hang up."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(content)

    return behave


def silent(connection: socket.socket) -> None:
    """Read nothing and say nothing."""
    time.sleep(10)


def hang_up(connection: socket.socket) -> None:
    """Close at once, with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
