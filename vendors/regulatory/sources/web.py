"""One bounded way to ask a public service for JSON: time-outs, a largest answer, tries with growing pauses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import sleep
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

_TRANSIENT = frozenset({429, 500, 502, 503, 504})
_CHUNK = 1 << 16
_SHOWN = 300


class SourceError(Exception):
    """A service did not give what was asked for; says which, what it answered, and what to do if that is known."""


class _TransientError(Exception):
    """Worth another try; `after` is the pause in seconds that the service asked for."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        self.after = after
        super().__init__(message)


@dataclass(frozen=True)
class Answer:
    """A decoded answer and its headers, by name in lower case."""

    data: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Client:
    """Asks a service. `pause` waits between tries (seconds); a service may ask for at most `longest_pause`."""

    tries: int = 5
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    largest: int = 64 * 1024 * 1024
    first_pause: float = 2.0
    longest_pause: float = 120.0
    pause: Callable[[float], None] = sleep
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(num_pools=2))

    def ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """The JSON that the service answers with status 200. Raises SourceError when all tries failed, or at once
        for an answer that another try would not change."""
        for number in range(1, self.tries + 1):
            try:
                return self._try(method, url, headers or {}, body)
            except _TransientError as error:
                if number == self.tries:
                    raise SourceError(f"{_place(url)}: {error} ({self.tries} tries)") from error
                wanted = self.first_pause * 2 ** (number - 1) if error.after is None else error.after
                self.pause(min(wanted, self.longest_pause))
        raise SourceError(f"{_place(url)}: not asked")  # tries = 0

    def _try(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Answer:
        sent = None if body is None else json.dumps(body).encode()
        given = {
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if sent else {}),
            **headers,
        }
        timeout = urllib3.Timeout(connect=self.connect_seconds, read=self.read_seconds)
        try:
            # redirects are not followed: credentials go to the address that was configured and nowhere else
            response = self.pool.request(
                method, url, body=sent, headers=given, timeout=timeout, retries=False, redirect=False, preload_content=False
            )  # fmt: skip
            try:
                content = self._read(response, url)
            finally:
                response.release_conn()
        except HTTPError as error:
            raise _TransientError(_words(error)) from error
        if response.status in _TRANSIENT:
            after = response.headers.get("retry-after", "")
            raise _TransientError(
                f"answered with status {response.status}", after=float(after) if after.isdigit() else None
            )
        if response.status != 200:
            shown = content[:_SHOWN].decode(errors="replace")
            raise SourceError(f"{_place(url)}: answered with status {response.status}: {shown}")
        try:
            data = json.loads(content)
        except ValueError as error:
            raise _TransientError("the answer is not whole JSON") from error
        return Answer(data, {name.lower(): value for name, value in response.headers.items()})

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> bytes:
        """The body, refused once it is larger than any page may be."""
        content = bytearray()
        for chunk in response.stream(_CHUNK):
            content += chunk
            if len(content) > self.largest:
                response.close()
                raise SourceError(f"{_place(url)}: the answer is larger than {self.largest // 1024**2} MB")
        return bytes(content)


def _place(url: str) -> str:
    """Address without its query, which may hold a key."""
    return url.split("?", 1)[0]


def _words(error: HTTPError) -> str:
    name = type(error).__name__.removesuffix("Error")
    return {"ReadTimeout": "no answer in time", "ConnectTimeout": "no connection in time"}.get(
        name, f"the connection failed ({name})"
    )
