"""Open risks as a page says them: what is open once, beneath it the vendors it is open for."""

from collections.abc import Iterable
from dataclasses import dataclass

from scorecards.selectors.open_risks import KINDS
from scorecards.snapshots.decision import Risk

TITLES = {
    "must_have": "Must-haves",
    "cap": "Caps on the regulatory score",
    "contradiction": "Claimed and verified disagree",
    "stale": "Evidence that is too old",
    "unknown": "Not known",
}


@dataclass(frozen=True)
class RiskLine:
    """One thing that is open, and what is said of it for whom: `said` holds (text, names) in the order of the vendors."""

    kind: str
    subject: str
    failed: bool
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RiskGroup:
    """The open risks of one kind. `count` counts each vendor."""

    kind: str
    title: str
    count: int
    lines: tuple[RiskLine, ...]


def risk_groups(risks: Iterable[Risk]) -> list[RiskGroup]:
    """Group risks by kind, then by what they are about; order and words stay as they are."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for risk in risks:
        texts = found.setdefault(risk["kind"], {}).setdefault(risk["subject"], {})
        texts.setdefault(risk["text"], []).append(risk["name"])
    order = [*KINDS, *(kind for kind in found if kind not in KINDS)]
    return [_group(kind, found[kind]) for kind in order if kind in found]


def _group(kind: str, subjects: dict[str, dict[str, list[str]]]) -> RiskGroup:
    lines = tuple(
        RiskLine(
            kind,
            subject,
            any(text.startswith("failed") for text in texts),
            tuple((text, ", ".join(names)) for text, names in texts.items()),
        )
        for subject, texts in subjects.items()
    )
    count = sum(len(names) for texts in subjects.values() for names in texts.values())
    return RiskGroup(kind, TITLES.get(kind, kind.replace("_", " ").capitalize()), count, lines)
