"""Answers that need not be made twice: their strong tag says everything they depend on.

The tag of a published ranking names the calculation, whether it is fresh, the question and what the reader may see. What
would be 304 for one client is the same bytes for the next. Kept in the process, the least used go first.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

LARGEST = 32 * 1024 * 1024


@dataclass
class KeptAnswers:
    """Bodies by key, at most so many bytes in all. Safe between threads."""

    largest: int = LARGEST
    size: int = 0
    _bodies: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> bytes | None:
        """The body, which is now the most recently used."""
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
            return body

    def keep(self, key: str, body: bytes) -> None:
        """Remember a body; one that would take a quarter of the room is not."""
        if len(body) * 4 > self.largest:
            return
        with self._lock:
            self.size += len(body) - len(self._bodies.pop(key, b""))
            self._bodies[key] = body
            while self.size > self.largest:
                _, gone = self._bodies.popitem(last=False)
                self.size -= len(gone)
