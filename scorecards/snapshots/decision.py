"""The decision part of a frozen document: its keys and their types, which renderings and checks rely on.

Only text, whole numbers, booleans, lists and tables, as canonical JSON has it: scores and shares are text with two
decimals, times ISO 8601 in UTC. `""` stands for what is not known or not given, `null` for a place that is empty (no
rank, no vendor chosen). What was decided is written down by `scorecards/services/decisions.py`; signatures are no part
of it, since they sign it.
"""

from typing import Any, TypedDict


class VendorName(TypedDict):
    """A vendor as it was called."""

    id: str
    name: str


class Named(TypedDict):
    """A candidate as it was called: its vendor's name, with its label where it has one."""

    candidate: str
    vendor: VendorName
    name: str


class Remark(TypedDict):
    """What somebody said. `kind` is comment or dissent; `vendor` the name it is about, "" for the shortlist."""

    kind: str
    by: str
    at: str
    vendor: str
    text: str


class Item(TypedDict):
    """A candidate on the shortlist, in its order. Ranks are null where it had none; `state_now` says why."""

    candidate: str
    vendor: VendorName
    name: str
    position: int
    decision: str
    reason: str
    rank_when_added: int | None
    rank_now: int | None
    state_now: str
    score: str
    low: str
    high: str
    coverage: str
    added_by: str
    added_at: str
    comments: list[Remark]


class Excluded(TypedDict):
    """Somebody who did not come further, and why."""

    candidate: str
    vendor: VendorName
    name: str
    reason: str


class Step(TypedDict):
    """A step from the longlist to the choice: how many are left after it, and who went out at it."""

    step: str
    title: str
    count: int
    excluded: list[Excluded]


class Penalty(TypedDict):
    """Points taken off a pair. `certain` is false where it is not known whether it applies: then half counts."""

    kind: str
    points: str
    certain: bool
    reason: str


class PairLine(TypedDict):
    """A pair, the best first. The score with its interval after penalties, and the penalties."""

    rank: int
    primary: Named
    backup: Named
    base: str
    score: str
    low: str
    high: str
    penalties: list[Penalty]
    chosen: bool


class FlipPoint(TypedDict):
    """A weight at which first place changes hands."""

    criterion: str
    name: str
    weight_now: str
    weight_at: str
    change: str
    passing: list[str]
    passed: list[str]
    sentence: str


class RankChance(TypedDict):
    """A candidate's chances over the simulated cases, percent."""

    candidate: str
    name: str
    first: str
    top3: str


class FirmnessPart(TypedDict):
    """How firm first place is. `cases` is 0, and `chances` empty, when none were simulated."""

    leader: str
    answer: str
    flips: list[FlipPoint]
    cases: int
    chances: list[RankChance]


class Declared(TypedDict):
    """What a person declared about conflicts of interest. `conflict` false: none."""

    person: str
    conflict: bool
    text: str
    at: str


class AgreementFigure(TypedDict):
    """A figure of agreement, three decimals; "" where it is undefined, then `reason` says why."""

    code: str
    name: str
    value: str
    reason: str


class EvaluatorsPart(TypedDict):
    """Who rated, and how far they agree."""

    names: list[str]
    words: str
    figures: list[AgreementFigure]


class RulesChanged(TypedDict):
    """A change after the weights were locked, as the first calculation that used it judged it."""

    at: str
    by: list[str]
    parts: list[str]
    changes_leader: bool
    leader_before: list[str]
    leader_after: list[str]


class WeightsLocked(TypedDict):
    """Whether and by whom the rules were locked before scores were seen. `by`, `at`, `digest` are "" when not locked."""

    locked: bool
    by: str
    at: str
    digest: str
    differs: list[str]
    changes_since: list[RulesChanged]
    owners: list[str]


class Risk(TypedDict):
    """An open risk of a kept candidate. Kinds: must_have, cap, contradiction, stale, unknown."""

    kind: str
    candidate: str
    name: str
    subject: str
    text: str


class OpenQuestion(TypedDict):
    """What to ask next, the most telling first. Chances in percent."""

    candidate: str
    name: str
    criterion: str
    question: str
    changes_first: str


class AuditLine(TypedDict):
    """An event of the audit trail in words."""

    at: str
    by: str
    what: str
    reason: str


class ShortlistPart(TypedDict):
    """The shortlist: answer, reason and dissent. `primary` and `backup` are null when nobody was chosen."""

    id: str
    name: str
    version: int
    owner: str
    reason: str
    next_steps: str
    primary: Named | None
    backup: Named | None
    chosen: list[Named]
    dissent: list[Remark]
    comments: list[Remark]
    items: list[Item]


class Decision(TypedDict):
    """Everything that is decided and signed. `stage_note` is the sentence every rendering shows, "" at award stage.

    `pair_inputs` are the members and settings from which `pair` follows; a check works it out again.
    """

    stage: str
    stage_note: str
    answer: str
    shortlist: ShortlistPart
    funnel: list[Step]
    pair: list[PairLine]
    pair_inputs: dict[str, Any]
    firmness: FirmnessPart
    conflicts_of_interest: list[Declared]
    evaluators: EvaluatorsPart
    weights_locked: WeightsLocked
    open_risks: list[Risk]
    questions: list[OpenQuestion]
    audit_extract: list[AuditLine]
    versions: dict[str, str]


DECISIONS = ("keep", "hold", "drop")
STEPS = ("longlist", "must_haves", "evidence", "shortlist", "kept", "chosen")
