"""Digests: one canonical form, refusals by place, and every input matters."""

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.digest import (
    DigestError,
    candidate_digest,
    canonical_digest,
    canonical_json,
    scorecard_digest,
    scorecard_digest_of,
)
from tests.unit.engine.builders import unhurried

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"b": 1, "a": [True, None, "x"]}, b'{"a":[true,null,"x"],"b":1}'),
        ({"ö": "é", "z": '"\n'}, '{"z":"\\"\\n","ö":"é"}'.encode()),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'.encode()),
        ((1, 2), b"[1,2]"),
    ],
)
def test_canonical_json(document: Any, expected: bytes) -> None:
    assert canonical_json(document) == expected


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"a": [1, {"b": 0.5}]}, r"\$\.a\[1\]\.b: float has no canonical form"),
        ({1: 2}, r"\$: a key must be text"),
        ([2**53], r"\$\[0\]: integer too large"),
        (["\ud800"], r"\$\[0\]: text is not valid Unicode"),
        ({"\ud800": 1}, r"\$: text is not valid Unicode"),
        ({"a": {1, 2}}, r"\$\.a: set has no canonical form"),
        (b"x", r"\$: bytes has no canonical form"),
    ],
)
def test_canonical_json_without_one_form_is_refused_with_its_place(document: Any, message: str) -> None:
    with pytest.raises(DigestError, match=message):
        canonical_json(document)


@unhurried
@given(json_values)
def test_canonical_json_reads_back_and_is_stable(document: Any) -> None:
    text = canonical_json(document)

    assert json.loads(text) == document
    assert canonical_json(json.loads(text)) == text


def test_canonical_digest_is_the_sha_256_of_the_text() -> None:
    assert canonical_digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


def test_candidate_digest_changes_with_facts_and_with_cells() -> None:
    digests = {
        candidate_digest(facts, cells) for facts in ({"id": "1"}, {"id": "2"}) for cells in (b"", b"\0")
    }

    assert len(digests) == 4


def test_candidate_digest_facts_and_cells_do_not_run_into_each_other() -> None:
    assert candidate_digest([], b"[]") != candidate_digest([[]], b"")


def test_scorecard_digest_does_not_depend_on_the_order_of_candidates() -> None:
    one, two = ("a", candidate_digest(1, b"")), ("b", candidate_digest(2, b""))

    assert scorecard_digest({"policy": "neutral"}, [one, two]) == scorecard_digest(
        {"policy": "neutral"}, [two, one]
    )


def test_scorecard_digest_changes_with_every_input() -> None:
    one, two = candidate_digest(1, b""), candidate_digest(2, b"")
    cards = [({}, [("a", one)]), ({}, [("b", one)]), ({}, [("a", two)]), ({"x": 1}, [("a", one)]), ({}, [])]

    assert len({scorecard_digest(settings, candidates) for settings, candidates in cards}) == 5


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ([("a", bytes(32)), ("a", bytes(32))], "a: is given twice"),
        ([("a", b"")], "a: is not a digest of 32 bytes"),
    ],
)
def test_scorecard_digest_bad_candidates_are_refused(
    candidates: list[tuple[str, bytes]], message: str
) -> None:
    with pytest.raises(DigestError, match=message):
        scorecard_digest({}, candidates)


def test_scorecard_digest_is_pinned() -> None:
    candidate = candidate_digest({"id": "c1", "label": "Main site"}, bytes(25))

    assert candidate.hex() == "27fd1cb594bbac0d904936f2de0d4083d5f2ca011f11c1a55be1787c91188f76"
    assert (
        scorecard_digest({"engine": "1"}, [("c1", candidate)])
        == "b845b8b4a43fdb478b7425410d076bf4f731de3bf874ce410fe90b3989326347"
    )


def test_scorecard_digest_of_arrays_is_that_of_pairs() -> None:
    pairs = [(f"c{number}", bytes([number]) * 32) for number in range(5)]
    names, leaves = (
        np.array([name for name, _ in pairs], dtype="S2"),
        np.array([leaf for _, leaf in pairs], dtype="V32"),
    )

    assert scorecard_digest_of({"engine": "1"}, names, leaves) == scorecard_digest({"engine": "1"}, pairs)


@pytest.mark.parametrize("names", [["c1", "c1"], ["c2", "c1"]])
def test_scorecard_digest_of_arrays_out_of_order_is_refused(names: list[str]) -> None:
    with pytest.raises(DigestError):
        scorecard_digest_of({}, np.array(names, dtype="S2"), np.zeros(2, dtype="V32"))
