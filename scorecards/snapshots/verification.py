"""Check a frozen calculation from its own cells: every figure is worked out again and compared, without a database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scorecards.engine import ENGINE_VERSION
from scorecards.engine.aggregate import Stage, Thresholds, aggregate
from scorecards.engine.cells import Cells, CellState, MissingPolicy
from scorecards.engine.digest import candidate_digest, canonical_json, scorecard_digest
from scorecards.engine.ranks import STANDINGS, rank_candidates
from scorecards.models.result import FIGURES
from scorecards.publishing import Listed, Rows, figures
from scorecards.snapshots.decision_check import decision_differences
from scorecards.snapshots.differences import Difference, shortened
from scorecards.snapshots.document import CELL, DECIDED, FORMATS, digest_of, parts_of

STANDS_FOR_NULL = {"rank": 0, "best_rank": 0, "worst_rank": 0, "score_exact": -1}
UNREADABLE = (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError)
"""What a document with the wrong shape makes of an honest calculation."""


@dataclass(frozen=True)
class Verification:
    """What a check found. Intact: not one byte differs, and every figure follows from the cells.

    With another engine version (`same_engine` is False) figures may differ without anybody having changed anything;
    `untouched` then still says whether the bytes are those that were frozen.
    """

    digest: str
    recomputed_digest: str
    engine_version: str
    candidates: int
    figures: int
    differences: tuple[Difference, ...]
    untouched: bool

    @property
    def same_engine(self) -> bool:
        """Whether it was frozen by the engine that checks it."""
        return self.engine_version == ENGINE_VERSION

    @property
    def intact(self) -> bool:
        """Nothing differs."""
        return self.untouched and not self.differences

    @property
    def words(self) -> str:
        """The finding in a sentence."""
        if self.intact:
            return "Nothing was changed, and every figure follows from the frozen cells."
        if self.untouched and not self.same_engine:
            return (
                f"Nothing was changed. It was frozen with engine version {self.engine_version}; "
                f"version {ENGINE_VERSION}, which checks it, works some figures out differently."
            )
        return (
            "This is not what was frozen."
            if not self.untouched
            else "Some figures do not follow from the frozen cells."
        )


def verify_file(data: bytes) -> Verification:
    """Check a downloaded file: its bytes against its digest, its figures against its cells. Never raises for bad bytes."""
    try:
        document = json.loads(data.decode("utf-8"))
        content, digest, parts = document["content"], document["digest"], document["parts"]
        canonical = canonical_json(content)
        whole = canonical_json(document)
    except UNREADABLE as error:
        return Verification(
            "",
            "",
            "",
            0,
            0,
            (Difference("the file", "a frozen calculation", shortened(error)),),
            untouched=False,
        )
    changed = (
        []
        if data == whole
        else [Difference("the file", "canonical JSON", f"other bytes from byte {_first(data, whole)} on")]
    )
    if digest_of(canonical) != digest:
        changed.append(Difference("digest", shortened(digest), digest_of(canonical)))
    changed += _changed_parts(content, parts)
    return verify_content(content, digest=str(digest), changed=tuple(changed))


def verify_stored(data: bytes, *, digest: str) -> Verification:
    """Check a content as it is stored, against the digest it was stored under."""
    content = json.loads(data)
    found = digest_of(data)
    changed = () if found == digest else (Difference("digest", digest, found),)
    return verify_content(content, digest=digest, changed=changed)


def verify_content(content: Any, *, digest: str, changed: tuple[Difference, ...]) -> Verification:
    """Work every figure out again; `changed` is what is already known to differ."""
    engine_version, count, found = "", 0, []
    recomputed = digest_of(canonical_json(content))
    try:
        engine_version = str(content["run"]["engine_version"])
        if content["format"] not in FORMATS:
            raise ValueError(f"{content['format']} is none of {', '.join(FORMATS)}")
        rows = _recalculated(content)
        found = [*_figures(content["candidates"], rows), *_facts(content), *_digests(content, rows)]
        if content["format"] == DECIDED:
            found += decision_differences(content)
        count = len(content["candidates"]) * len(FIGURES)
    except UNREADABLE as error:
        found = [Difference("content", "a calculation", f"cannot be worked out: {shortened(error)}")]
    candidates = count // len(FIGURES)
    return Verification(
        digest, recomputed, engine_version, candidates, count, (*changed, *found), untouched=not changed
    )


def _changed_parts(content: Any, parts: Any) -> Iterator[Difference]:
    """Which sections and entries no longer hash to what was recorded."""
    if not isinstance(content, Mapping) or not isinstance(parts, Mapping):
        yield Difference("parts", "digests by path", "something else")
        return
    present = parts_of(content)
    for path in sorted({*present, *parts}):
        if present.get(path) != parts.get(path):
            yield Difference(path, shortened(parts.get(path, "absent")), present.get(path, "absent"))


def _recalculated(content: Mapping[str, Any]) -> Rows:
    """The figures of all candidates, from cells, weights and must-haves of the document alone."""
    candidates = content["candidates"]
    codes = [code for group in content["groups"] for code in group["leaves"]]
    groups = [number for number, group in enumerate(content["groups"]) for _ in group["leaves"]]
    weights = np.array([content["weights"][code] for code in codes], dtype=np.int64)
    scores = aggregate(_cells(candidates, codes), weights, groups, policy=MissingPolicy(content["policy"]))
    listed = _listed(candidates)
    stage = Stage(content["stage"])
    gated = listed.gates_failed > 0
    if stage is Stage.AWARD:
        gated |= listed.gates_open > 0
    limits = Thresholds(content["thresholds"]["coverage"], content["thresholds"]["verified"])
    return figures(scores, rank_candidates(scores, thresholds=limits, gated=gated), listed)


def _cells(candidates: Sequence[Mapping[str, Any]], codes: Sequence[str]) -> Cells:
    shape = (len(candidates), len(codes))
    states = {state.name.lower(): state.value for state in CellState}
    refused = any("refused" in cell for one in candidates for cell in one["cells"].values())
    table = {
        name: np.array(
            [[one["cells"][code][name] for code in codes] for one in candidates], dtype=np.int64
        ).reshape(shape)
        for name in ((*CELL, "refused") if refused else CELL)
    }
    state = np.array(
        [[states[one["cells"][code]["state"]] for code in codes] for one in candidates], dtype=np.uint8
    )
    return Cells(**table, state=state.reshape(shape))


def _listed(candidates: Sequence[Mapping[str, Any]]) -> Listed:
    outcomes = [[gate_outcome(gate) for gate in one["must_haves"]] for one in candidates]
    counts = {
        name: np.array([row.count(name) for row in outcomes], dtype=np.int64)
        for name in ("met", "failed", "open")
    }
    return Listed(
        ids=list(range(1, len(candidates) + 1)), public_ids=[one["id"] for one in candidates],
        names=[(one["vendor"]["name"], one["label"]) for one in candidates], gates_passed=counts["met"], gates_failed=counts["failed"],
        gates_open=counts["open"], facts_digests=[bytes.fromhex(one["facts_digest"]) for one in candidates],
    )  # fmt: skip


def gate_outcome(gate: Mapping[str, Any]) -> str:
    """How a frozen must-have counts: a waiver makes it met."""
    if gate["outcome"] == "pass" or gate["waived_until"]:
        return "met"
    return "failed" if gate["outcome"] == "fail" else "open"


def plain_figures(rows: Rows) -> list[dict[str, Any]]:
    """Published figures as plain numbers, words and lists, by the names of their columns."""
    return [{name: _plain(name, row[name]) for name in FIGURES} for row in rows.table]


def _plain(name: str, value: Any) -> Any:
    if name == "state":
        return STANDINGS[int(value)].value
    if name.startswith("group_"):
        return value.tolist()
    number = value.item()
    return None if name in STANDS_FOR_NULL and number == STANDS_FOR_NULL[name] else number


def _figures(candidates: Sequence[Mapping[str, Any]], rows: Rows) -> Iterator[Difference]:
    for number, (one, again) in enumerate(zip(candidates, plain_figures(rows), strict=True)):
        for name, value in again.items():
            frozen = one["figures"][name]
            if frozen == value:
                continue
            at = f"candidates[{number}].figures.{name}"
            if isinstance(value, list) and isinstance(frozen, list) and len(value) == len(frozen):
                pairs = enumerate(zip(frozen, value, strict=True))
                yield from (
                    Difference(f"{at}[{i}]", shortened(was), shortened(now))
                    for i, (was, now) in pairs
                    if was != now
                )
            else:
                yield Difference(at, shortened(frozen), shortened(value))


def _facts(content: Mapping[str, Any]) -> Iterator[Difference]:
    """Each candidate's cells and facts against the digest that entered the calculation's own."""
    candidates = content["candidates"]
    packed = _cells(candidates, [code for group in content["groups"] for code in group["leaves"]]).packed()
    for number, (one, cells) in enumerate(zip(candidates, packed, strict=True)):
        if one["facts"] is None:  # calculated before facts were kept beside the cells
            continue
        found = candidate_digest(one["facts"], cells).hex()
        if found != one["facts_digest"]:
            yield Difference(f"candidates[{number}].facts_digest", shortened(one["facts_digest"]), found)


def _digests(content: Mapping[str, Any], rows: Rows) -> Iterator[Difference]:
    """The digests that the run was published under."""
    run = content["run"]
    facts = [(one["id"], bytes.fromhex(one["facts_digest"])) for one in content["candidates"]]
    for name, found in (
        ("input_digest", scorecard_digest(content["identity"], facts)),
        ("output_digest", rows.digest()),
    ):
        if run[name] != found:
            yield Difference(f"run.{name}", shortened(run[name]), found)
    identity = content["identity"]
    for name, told in (
        ("policy", content["policy"]),
        ("stage", content["stage"]),
        ("weights", content["weights"]),
    ):
        if identity[name] != told:
            yield Difference(f"identity.{name}", shortened(identity[name]), shortened(told))


def _first(data: bytes, other: bytes) -> int:
    """The first byte in which two texts differ."""
    return next(
        (i for i, (a, b) in enumerate(zip(data, other, strict=False)) if a != b), min(len(data), len(other))
    )
