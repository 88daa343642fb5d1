"""The traps others fell into, and the promises about what is not known: each has a test, and this list keeps them."""

import ast
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.aggregate import Stage
from scorecards.engine.cells import MissingPolicy
from scorecards.engine.exact import PPM
from tests.support.repository import ROOT
from tests.unit.engine.builders import answer, make_cells, rank, score, unhurried

ENGINE = "tests/unit/engine/test_traps.py"
FIT = "tests/unit/fit/test_traps.py"
PROPERTIES = "tests/unit/engine/test_properties.py"
THIS = "tests/unit/engine/test_named_traps.py"
EDITOR = "tests/integration/criteria_sets/test_framework_editor.py"
FROZEN = "tests/integration/snapshots/test_snapshots.py"

TRAPS = {
    "no data scores 100": [(ENGINE, "test_no_data_is_never_100_and_never_0"), (FIT, "test_no_data_scores_neither_0_nor_100")],
    "a score of exactly 100 matches no band": [
        (ENGINE, "test_score_of_exactly_100_lies_in_a_band_and_no_gap_between_bands"), (ENGINE, "test_perfect_candidate_scores_exactly_100"),
    ],
    "float != 100 rejects legal weights": [(ENGINE, "test_weights_10_1_x_9_plus_9_1_are_legal")],
    "weight 0 turned into 1": [(ENGINE, "test_weight_0_stays_0_and_does_not_become_1")],
    "displayed scores truncated": [(ENGINE, "test_displayed_score_is_rounded_half_even_not_truncated")],
    "the compare view drops the scale's minimum": [(ENGINE, "test_scale_keeps_its_minimum")],
    "editing a live scorecard changes past results": [
        (EDITOR, "test_moving_leaves_what_was_published_before_as_it_was"), (FROZEN, "test_later_edits_leave_a_snapshot_as_it_was"),
    ],
    "one label for bad and unknown": [(ENGINE, "test_bad_and_unknown_have_different_labels")],
    "gaps between bands": [(ENGINE, "test_score_of_exactly_100_lies_in_a_band_and_no_gap_between_bands")],
    "the computed score is ignored at the award": [(THIS, "test_award_ranks_by_the_computed_score")],
    "adding a vendor reverses two others": [(ENGINE, "test_adding_a_vendor_never_reverses_two_others")],
    "a vendor with any empty cell cannot be ranked": [(ENGINE, "test_vendor_with_an_empty_cell_is_still_ranked")],
    "random risk numbers": [(THIS, "test_nothing_but_the_simulated_cases_draws_at_random"), (THIS, "test_same_input_gives_the_same_score_every_time")],
    "NaN from zero weights or constant columns": [
        (ENGINE, "test_zero_weights_give_a_named_error_not_nan"), (ENGINE, "test_constant_columns_give_ties_not_nan"),
        (ENGINE, "test_known_only_with_nothing_known_divides_by_nothing_and_warns_of_nothing"),
    ],
}  # fmt: skip
"""Trap → the tests that keep us out of it."""

PROMISES = {
    "a vendor that refuses every question never outranks one that answered level 1 throughout": [
        (ENGINE, "test_vendor_that_refuses_every_question_never_outranks_one_at_level_1_throughout"),
        (FIT, "test_refusing_everything_never_outranks_level_one_throughout"),
    ],
    "an all-claims vendor never outranks the same values audited": [
        (ENGINE, "test_all_claims_vendor_never_outranks_the_same_values_audited"),
        (FIT, "test_claims_never_beat_the_same_values_audited"),
    ],
    "a vendor with no record never outranks one with a clean record by silence alone": [
        (ENGINE, "test_vendor_without_a_record_never_outranks_one_with_a_clean_record_by_silence"),
        (FIT, "test_no_record_never_beats_a_clean_record_by_silence"),
    ],
    "absence is unknown, not no": [(FIT, "test_absence_is_unknown_until_attested")],
    "unknown after the deadline counts like a refusal": [(ENGINE, "test_unknown_after_the_deadline_counts_like_a_refusal")],
    "order does not matter": [
        (PROPERTIES, "test_order_of_candidates_does_not_matter"), (PROPERTIES, "test_order_of_leaves_does_not_matter"),
        (FIT, "test_order_of_evidence_does_not_matter"),
    ],
    "score within bounds": [(PROPERTIES, "test_score_lies_within_bounds_and_its_interval")],
    "more weight on a better value never lowers the score": [(PROPERTIES, "test_more_weight_on_a_better_value_never_lowers_the_score")],
    "any bytes give a clear error, never a crash": [
        ("tests/unit/imports/test_tables_hostile.py", "test_any_bytes_give_rows_or_a_clear_error"),
        (FROZEN, "test_check_of_any_changed_byte_says_so_and_never_breaks"),
    ],
}  # fmt: skip
"""Promise → the tests that hold us to it."""


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((Path(ROOT) / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("entry", [*TRAPS.items(), *PROMISES.items()], ids=lambda entry: str(entry[0]))
def test_every_trap_and_promise_has_its_tests(entry: tuple[str, list[tuple[str, str]]]) -> None:
    missing = [f"{file}::{name}" for file, name in entry[1] if name not in names_in(file)]

    assert entry[1] != []
    assert missing == []


def test_no_trap_is_dropped_from_the_list() -> None:
    assert (len(TRAPS), len(PROMISES)) == (14, 9)


@unhurried
@given(values=st.lists(st.lists(st.integers(0, PPM), min_size=3, max_size=3), min_size=2, max_size=6))
def test_award_ranks_by_the_computed_score(values: list[list[int]]) -> None:
    scores = score(make_cells(values))

    ranks = rank(scores, Stage.AWARD).rank.tolist()

    assert ranks == [
        1 + sum(other > mine for other in scores.numerator.tolist()) for mine in scores.numerator.tolist()
    ]


@pytest.mark.parametrize("policy", list(MissingPolicy))
def test_same_input_gives_the_same_score_every_time(policy: MissingPolicy) -> None:
    cells = answer([[("known", 700_000), ("unknown", 0), ("claimed", 300_000)]] * 3, policy)

    found = {
        tuple(np.concatenate([again.numerator, again.low, again.high]).tolist())
        for again in (score(cells, policy=policy) for _ in range(5))
    }

    assert len(found) == 1


DRAWS_AT_RANDOM = {"scorecards/engine/draws.py"}
"""Simulated cases, from a stored seed."""


def test_nothing_but_the_simulated_cases_draws_at_random() -> None:
    folders = ("scorecards", "vendors")
    found = {
        file.relative_to(ROOT).as_posix()
        for folder in folders
        for file in (Path(ROOT) / folder).rglob("*.py")
        if uses_chance(ast.parse(file.read_text(encoding="utf-8")))
    }

    assert found - DRAWS_AT_RANDOM - {file for file in found if file.startswith("scorecards/demo/")} == set()


def uses_chance(tree: ast.AST) -> bool:
    """Whether a module imports `random` or calls numpy's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(name.name.split(".")[0] == "random" for name in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            return True
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "random"
            and isinstance(node.value, ast.Name)
            and node.value.id == "np"
        ):
            return True
    return False
