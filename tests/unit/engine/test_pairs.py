"""Pairs of a first choice and a backup: what sharing costs, and that not knowing is never independence."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.engine.digest import canonical_json
from scorecards.engine.exact import EngineError
from scorecards.engine.pairs import (
    PairMember,
    PairSettings,
    Shared,
    Tie,
    member_of,
    pair_of,
    rank_pairs,
    settings_of,
)

PPM = 1_000_000
FREE = PairSettings(country=0, owner=0, supplier=0)


def member(
    name: str, score: int = 500_000, *, country: str = "", owner: str = "", supplier: str = "", known: bool = True
) -> PairMember:  # fmt: skip
    """A candidate with one country, owner and sub-supplier, each of its own unless said otherwise."""
    own = {Shared.COUNTRY: country, Shared.OWNER: owner, Shared.SUPPLIER: supplier}
    ties = {
        shared: Tie({key or f"{shared}-{name}": key or name}, known, "" if known else f"{shared} of {name}")
        for shared, key in own.items()
    }
    return PairMember(
        name, name, Fraction(score, PPM), Fraction(max(0, score - 100_000), PPM), Fraction(min(PPM, score + 100_000), PPM), ties
    )  # fmt: skip


def test_a_pair_that_shares_nothing_is_the_weighted_mean() -> None:
    pair = pair_of(member("A", 800_000), member("B", 600_000), PairSettings())

    assert (pair.base, pair.score, pair.low, pair.high) == (
        Fraction(74, 100), Fraction(74, 100), Fraction(64, 100), Fraction(84, 100),
    )  # fmt: skip
    assert pair.overlaps == ()


@pytest.mark.parametrize(
    ("shared", "points", "reason"),
    [
        ({"country": "DE"}, 100_000, "Same country: DE"),
        ({"owner": "Acme"}, 300_000, "Same owner: Acme"),
        ({"supplier": "Fill Co"}, 150_000, "Same sub-supplier: Fill Co"),
    ],
)
def test_what_is_shared_is_taken_off_with_its_reason(
    shared: dict[str, str], points: int, reason: str
) -> None:
    pair = pair_of(member("A", **shared), member("B", **shared), PairSettings())  # type: ignore[arg-type]

    assert [(one.points, one.certain, one.reason) for one in pair.overlaps] == [(points, True, reason)]
    assert pair.base - pair.score == Fraction(points, PPM)


def test_what_is_not_known_costs_half_and_widens() -> None:
    known, unknown = member("A"), member("B", known=False)

    pair = pair_of(known, unknown, PairSettings())

    whole = Fraction(100_000 + 300_000 + 150_000, PPM)
    assert [one.certain for one in pair.overlaps] == [False, False, False]
    assert pair.overlaps[0].reason == "Perhaps the same country: country of B"
    assert (pair.base - pair.score, pair.high - pair.low) == (whole / 2, Fraction(2, 10) + whole)


def test_known_to_be_shared_is_certain_even_where_not_all_is_known() -> None:
    pair = pair_of(
        member("A", country="DE", known=False), member("B", country="DE"), PairSettings(owner=0, supplier=0)
    )

    assert [one.certain for one in pair.overlaps] == [True]


def test_the_best_single_scores_lose_to_an_independent_backup() -> None:
    first, second, third = (
        member("A", 900_000, owner="X"),
        member("B", 850_000, owner="X"),
        member("C", 800_000),
    )

    ranked = rank_pairs([first, second, third], PairSettings())

    assert (ranked[0].primary.name, ranked[0].backup.name) == ("A", "C")
    assert [pair.rank for pair in ranked] == [1, 2, 3, 4, 5, 6]


def test_equal_pairs_share_a_rank() -> None:
    ranked = rank_pairs([member("A"), member("B"), member("C")], PairSettings())

    assert [pair.rank for pair in ranked] == [1] * 6


@pytest.mark.parametrize("name", ["primary_share", "country", "owner", "supplier"])
@pytest.mark.parametrize("value", [-1, PPM + 1])
def test_settings_outside_their_range_are_refused(name: str, value: int) -> None:
    with pytest.raises(EngineError):
        PairSettings(**{name: value})


def test_settings_that_are_no_settings_are_refused() -> None:
    for document in ({"continent": 1}, {"owner": "much"}, {"owner": None}):
        with pytest.raises(EngineError):
            settings_of(document)


names = st.sampled_from(["DE", "US", "IE", ""])
members = st.lists(
    st.tuples(st.integers(0, PPM), names, names, names, st.booleans()), min_size=2, max_size=6
).map(
    lambda rows: [
        member(f"V{number}", score, country=country, owner=owner, supplier=supplier, known=known)
        for number, (score, country, owner, supplier, known) in enumerate(rows)
    ]
)
choices = st.builds(
    PairSettings, primary_share=st.integers(0, PPM), country=st.integers(0, PPM), owner=st.integers(0, PPM), supplier=st.integers(0, PPM)
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(members, choices)
def test_properties_of_a_ranking(found: list[PairMember], chosen: PairSettings) -> None:
    ranked = rank_pairs(found, chosen)

    assert len(ranked) == len(found) * (len(found) - 1)
    assert [pair.score for pair in ranked] == sorted((pair.score for pair in ranked), reverse=True)
    for pair in ranked:
        assert pair.low <= pair.score <= pair.high
        assert pair.score <= pair.base
        assert pair.base - pair.score == sum(one.counted for one in pair.overlaps)
        assert (
            min(pair.primary.score, pair.backup.score)
            <= pair.base
            <= max(pair.primary.score, pair.backup.score)
        )
    order = [(pair.rank, pair.primary.id, pair.backup.id) for pair in ranked]
    assert [(pair.rank, pair.primary.id, pair.backup.id) for pair in rank_pairs(found[::-1], chosen)] == order


@settings(max_examples=100, deadline=None)
@given(members, choices)
def test_sharing_does_not_depend_on_who_comes_first(found: list[PairMember], chosen: PairSettings) -> None:
    for one, other in permutations(found, 2):
        there, back = pair_of(one, other, chosen).overlaps, pair_of(other, one, chosen).overlaps
        assert [(o.shared, o.points, o.certain) for o in there] == [
            (o.shared, o.points, o.certain) for o in back
        ]


@settings(max_examples=100, deadline=None)
@given(members, choices, st.integers(0, 5))
def test_learning_never_leaves_the_interval(found: list[PairMember], chosen: PairSettings, at: int) -> None:
    """Finding out that nothing (more) is shared, or that something is, ends within what was said before."""
    one, other = found[0], found[1 + at % (len(found) - 1)]
    before = pair_of(one, other, chosen)

    def learned(who: PairMember, more: dict[str, str]) -> PairMember:
        ties = {shared: Tie(dict(tie.names) | more, known=True) for shared, tie in who.ties.items()}
        return PairMember(who.id, who.name, who.score, who.low, who.high, ties)

    apart = pair_of(learned(one, {}), learned(other, {}), chosen)
    both_unknown = not any(tie.known for who in (one, other) for tie in who.ties.values())
    together = (
        pair_of(learned(one, {"x": "x"}), learned(other, {"x": "x"}), chosen) if both_unknown else before
    )

    for after in (apart, together):
        assert before.low <= after.score <= before.high
        assert before.low <= after.low <= after.high <= before.high


@given(members, choices)
@settings(max_examples=60, deadline=None)
def test_members_and_settings_survive_as_plain_values(found: list[PairMember], chosen: PairSettings) -> None:
    documents = [one.document() for one in found]

    assert canonical_json(documents) == canonical_json(
        [member_of(document).document() for document in documents]
    )
    assert rank_pairs(
        [member_of(document) for document in documents], settings_of(chosen.document())
    ) == rank_pairs(found, chosen)


@settings(max_examples=60, deadline=None)
@given(members)
def test_without_penalties_only_scores_count(found: list[PairMember]) -> None:
    assert all(pair.score == pair.base for pair in rank_pairs(found, FREE))
