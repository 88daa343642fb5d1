"""Drafts of the builder: what somebody has entered in a step and not saved yet.

A saved scorecard is recalculated for everybody. A draft is seen by its author only, in the session, until it is saved
or discarded or the session ends (ADR 0012). It remembers which version of the scorecard it was entered over.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, QueryDict

from scorecards.models import Scorecard

KEY = "drafts"
MOST, LARGEST = 12, 60_000
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "then"})


@dataclass(frozen=True)
class Draft:
    """What was entered, when, and over which version."""

    at: datetime
    version: int
    data: QueryDict

    def over(self, version: int) -> QueryDict:
        """The same entry over another version of the scorecard."""
        data = self.data.copy()
        data["version"] = str(version)
        return data


def kept_draft(request: HttpRequest, scorecard: Scorecard, step: str) -> Draft | None:
    """The reader's draft of a step."""
    found = request.session.get(KEY, {}).get(_name(scorecard, step))
    if found is None:
        return None
    return Draft(datetime.fromisoformat(found["at"]), found["version"], QueryDict(found["data"]))


def drafted_steps(request: HttpRequest, scorecard: Scorecard) -> frozenset[str]:
    """The steps of which the reader has a draft."""
    start = f"{scorecard.public_id}:"
    return frozenset(name[len(start) :] for name in request.session.get(KEY, {}) if name.startswith(start))


def keep_draft(
    request: HttpRequest, scorecard: Scorecard, step: str, *, data: QueryDict, now: datetime
) -> Draft | None:
    """Keep what was entered; None when it is too large. The oldest draft gives way to the thirteenth."""
    entered = data.copy()
    for name in NOT_KEPT:
        entered.pop(name, None)
    text = entered.urlencode()
    version = entered.get("version", "")
    if len(text) > LARGEST or not (version.isascii() and version.isdigit() and len(version) < 10):
        return None
    drafts = dict(request.session.get(KEY, {}))
    drafts.pop(_name(scorecard, step), None)
    for name in sorted(drafts, key=lambda each: str(drafts[each]["at"]))[: max(0, len(drafts) - MOST + 1)]:
        del drafts[name]
    drafts[_name(scorecard, step)] = {"at": now.isoformat(), "version": int(version), "data": text}
    request.session[KEY] = drafts
    return Draft(now, int(version), entered)


def drop_draft(request: HttpRequest, scorecard: Scorecard, step: str) -> None:
    """Forget a draft: it was saved or discarded."""
    drafts = dict(request.session.get(KEY, {}))
    if drafts.pop(_name(scorecard, step), None) is not None:
        request.session[KEY] = drafts


def _name(scorecard: Scorecard, step: str) -> str:
    return f"{scorecard.public_id}:{step}"
