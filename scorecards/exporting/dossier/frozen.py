"""What a dossier is made of: the frozen document and the signatures over its digest. Nothing else is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB
from scorecards.models.result import FIGURES

STATES = {"ranked": "ranked", "gated": "fails a must-have", "insufficient_evidence": "not enough evidence"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Signed:
    """One signature: who, what it means, when, and over which digest."""

    meaning: str
    name: str
    at: datetime
    digest: str
    details: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As it lies in the package."""
        return {
            "meaning": self.meaning,
            "printed_name": self.name,
            "signed_at": self.at.astimezone(UTC).isoformat(),
            "digest": self.digest,
            **self.details,
        }


@dataclass(frozen=True)
class Standing:
    """A candidate of the frozen calculation with its figures as they are shown everywhere."""

    id: str
    name: str
    rank: int | None
    tied: bool
    state: str
    score: str
    low: str
    high: str
    coverage: str
    verified: str
    contributions: tuple[int, ...]
    score_exact: int | None
    low_exact: int
    high_exact: int
    denominator: int
    met: int
    failed: int
    open: int
    gates: tuple[Mapping[str, Any], ...]

    @property
    def rank_label(self) -> str:
        """ "2", "=1" for a tie, "–" without a rank."""
        return "–" if self.rank is None else f"={self.rank}" if self.tied else str(self.rank)


@dataclass(frozen=True)
class Frozen:
    """A frozen calculation as it was kept, with who froze and who signed it.

    `exported`: not kept, only read to be printed; then the one who "froze" it is who took it out.
    """

    content: Mapping[str, Any]
    digest: str
    number: int
    reason: str
    frozen_by: str
    frozen_at: datetime
    signatures: Sequence[Signed] = ()
    exported: bool = False

    @property
    def made(self) -> datetime:
        """The moment a rendering is of: the last signature, or the freezing. Never the time of writing."""
        return max((one.at for one in self.signatures), default=self.frozen_at)

    @property
    def made_by(self) -> str:
        """Who signed last, or who froze it."""
        return max(self.signatures, key=lambda one: one.at).name if self.signatures else self.frozen_by

    @property
    def decision(self) -> Mapping[str, Any] | None:
        """What was decided; None for a calculation that was frozen without a decision."""
        found: Mapping[str, Any] | None = self.content.get("decision")
        return found

    @property
    def run(self) -> Mapping[str, Any]:
        """The calculation."""
        found: Mapping[str, Any] = self.content["run"]
        return found

    def standings(self) -> list[Standing]:
        """The candidates in the order of the ranking."""
        return [_standing(one) for one in self.content["candidates"]]

    def leaf_names(self) -> dict[str, str]:
        """What each criterion is called, from the criteria set that was frozen."""
        found: dict[str, str] = {}
        _named(self.content["framework"].get("definition"), found)
        return found


def _named(node: Any, found: dict[str, str]) -> None:
    if isinstance(node, Mapping):
        if isinstance(node.get("code"), str) and isinstance(node.get("name"), str):
            found[node["code"]] = node["name"]
        for part in node.values():
            _named(part, found)
    elif isinstance(node, list):
        for part in node:
            _named(part, found)


def _standing(one: Mapping[str, Any]) -> Standing:
    figures = {name: one["figures"].get(name) for name in FIGURES}
    exact, denominator = figures["score_exact"], int(figures["denominator_exact"] or 0)
    outcomes = [_outcome(gate) for gate in one["must_haves"]]
    return Standing(
        id=one["id"], name=name_of(one), rank=figures["rank"], tied=bool(figures["rank_tied"]), state=figures["state"],
        score="" if exact is None else percent_text(exact, denominator), low=percent_text(figures["low_exact"]),
        high=percent_text(figures["high_exact"]), coverage=percent_text(figures["coverage"]), verified=percent_text(figures["verified_coverage"]),
        contributions=tuple(figures["group_points"]), score_exact=exact, low_exact=figures["low_exact"], high_exact=figures["high_exact"],
        denominator=denominator, met=outcomes.count("met"), failed=outcomes.count("failed"), open=outcomes.count("unknown"),
        gates=tuple(one["must_haves"]),
    )  # fmt: skip


def _outcome(gate: Mapping[str, Any]) -> str:
    if gate["outcome"] == "pass" or gate.get("waived_until"):
        return "met"
    return "failed" if gate["outcome"] == "fail" else "unknown"


def name_of(one: Mapping[str, Any]) -> str:
    """A candidate as it was called."""
    name: str = one["vendor"]["name"]
    return f"{name} ({one['label']})" if one.get("label") else name


def weight_text(ppb: int) -> str:
    """A weight in percent."""
    return percent_text(ppb, PPB)


def points_text(text: str) -> str:
    """Points as they were entered: "12.5", or a fraction."""
    exact = Fraction(text)
    return str(exact.numerator) if exact.denominator == 1 else f"{float(exact):.2f}"


def day_words(text: str) -> str:
    """ "2026-11-21" as "21 Nov 2026"; anything else as it is."""
    parts = text[:10].split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return text
    return f"{int(parts[2])} {MONTHS[int(parts[1]) - 1]} {parts[0]}"


def moment_words(value: datetime | str) -> str:
    """ "21 Nov 2026, 14:02 UTC"."""
    try:
        moment = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
    except ValueError:
        return str(value)
    return f"{day_words(moment.date().isoformat())}, {moment:%H:%M} UTC"
