"""Does the decision of a frozen document agree with the calculation it was made on? Ranks, scores, the funnel, the pairs."""

from collections.abc import Iterator, Mapping
from typing import Any

from scorecards.engine.display import percent_text, share_text
from scorecards.engine.pairs import exact_score, member_of, rank_pairs, settings_of
from scorecards.snapshots.differences import Difference, shortened


def decision_differences(content: Mapping[str, Any]) -> Iterator[Difference]:
    """What of a decision does not follow from the figures and pair members of its document."""
    decision = content["decision"]
    figures = {one["id"]: one["figures"] for one in content["candidates"]}
    yield from _items(decision, figures)
    yield from _funnel(decision)
    yield from _pairs(decision, figures)
    if decision["stage"] != content["stage"]:
        yield Difference("decision.stage", shortened(decision["stage"]), shortened(content["stage"]))


def _items(decision: Mapping[str, Any], figures: Mapping[str, Any]) -> Iterator[Difference]:
    """Ranks and scores of the shortlist are those of the calculation; a candidate that left it since has none."""
    for number, item in enumerate(decision["shortlist"]["items"]):
        found = figures.get(item["candidate"])
        known = found is not None and found["score_exact"] is not None
        for name, told in (
            ("rank_now", found["rank"] if found else None),
            ("state_now", found["state"] if found else ""),
            (
                "score",
                percent_text(found["score_exact"], found["denominator_exact"]) if found and known else "",
            ),
        ):
            if item[name] != told:
                yield Difference(
                    f"decision.shortlist.items[{number}].{name}", shortened(item[name]), shortened(told)
                )


def _funnel(decision: Mapping[str, Any]) -> Iterator[Difference]:
    """Each step leaves what the one before left, less who went out at it."""
    before: int | None = None
    for number, step in enumerate(decision["funnel"]):
        if before is not None and step["count"] != before - len(step["excluded"]):
            left = before - len(step["excluded"])
            yield Difference(f"decision.funnel[{number}].count", shortened(step["count"]), str(left))
        before = step["count"]


def _pairs(decision: Mapping[str, Any], figures: Mapping[str, Any]) -> Iterator[Difference]:
    """The pairs follow from their members, and the members' scores from the calculation."""
    inputs = decision["pair_inputs"]
    members = [member_of(document) for document in inputs["members"]]
    for number, member in enumerate(members):
        found = figures[member.id]
        again = exact_score(found["score_exact"], found["denominator_exact"])
        if member.score != again:
            yield Difference(
                f"decision.pair_inputs.members[{number}].score", shortened(member.score), shortened(again)
            )
    ranked = {
        (pair.primary.id, pair.backup.id): pair
        for pair in rank_pairs(members, settings_of(inputs["settings"]))
    }
    for number, line in enumerate(decision["pair"]):
        pair = ranked[line["primary"]["candidate"], line["backup"]["candidate"]]
        for name, told in (
            ("rank", pair.rank),
            ("base", share_text(pair.base, signed=False)),
            ("score", share_text(pair.score, signed=False)),
            ("low", share_text(pair.low, signed=False)),
            ("high", share_text(pair.high, signed=False)),
        ):
            if line[name] != told:
                yield Difference(f"decision.pair[{number}].{name}", shortened(line[name]), shortened(told))
