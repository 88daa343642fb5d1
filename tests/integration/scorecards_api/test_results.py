"""Results, leaves and runs over the API."""

import gzip
import json
from decimal import Decimal
from typing import Any

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.api.shapes import DetailOut, GroupRowOut, LeafOut, LeafRowOut, ResultOut
from scorecards.frameworks import load_framework
from scorecards.models import Scorecard
from scorecards.selectors.results import present, result_rows
from tests.factories.core import Team
from tests.factories.vendors import make_evidence
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from tests.integration.scorecards_api.conftest import Ranked, clock
from vendors.models import Evidence, Vendor

LEAVES = len(load_framework().leaves)


def rows(api: Api, ranked: Ranked, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"{ranked.path}results/{query}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [row["vendor"]["name"] for row in found]


def edit(ranked: Ranked, name: str, level: int) -> None:
    """A better or worse answer of a vendor."""
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        vendor = Vendor.objects.get(name=name)
        make_evidence(vendor, "SVC6", {"level": level}, now=clock(), obtained_on=clock().date())


def keys(shape: type[Any]) -> set[str]:
    return set(shape().fields)


def test_rows_have_exactly_the_documented_fields(api: Api, ranked: Ranked) -> None:
    row = rows(api, ranked)[0]
    long = rows(api, ranked, "?shape=long")[0]
    detail = api.get(f"{ranked.path}results/{row['candidate']['id']}/").json()
    leaf = api.get(f"{ranked.path}leaves/?page_size=1").json()["results"][0]

    assert set(row) == keys(ResultOut)
    assert set(row["gates"][0]) == keys(ResultOut().fields["gates"].child.__class__)
    assert set(row["groups"]["REG"]) == keys(ResultOut().fields["groups"].child.__class__)
    assert set(long) == keys(GroupRowOut)
    assert set(detail) == keys(DetailOut)
    assert set(detail["leaves"][0]) == keys(LeafOut)
    assert set(leaf) == keys(LeafRowOut)


def test_rows_are_ranked_with_lineage(api: Api, ranked: Ranked) -> None:
    found = rows(api, ranked)
    shown = api.get(ranked.path).json()

    assert [(r["vendor"]["name"], r["rank"], r["state"], r["eligible"]) for r in found] == [
        ("Alder", 1, "ranked", True), ("Birch", 2, "ranked", True), ("Cedar", 3, "ranked", True),
    ]  # fmt: skip
    assert {(r["scorecard_id"], r["run_id"], r["digest"], r["fresh"]) for r in found} == {
        (shown["id"], shown["last_run"]["id"], shown["digest"], True)
    }
    assert found[0]["candidate"]["assumed"] is True
    assert [site["name"] for site in found[0]["candidate"]["sites"]] == ["Alder plant"]


def test_numbers_are_those_of_the_presentation(api: Api, ranked: Ranked) -> None:
    found = {row["candidate"]["id"]: row for row in rows(api, ranked)}

    with organization_scope(ranked.team.organization.pk, "test"):
        scorecard = Scorecard.objects.get(pk=ranked.scorecard.pk)
        ranking = present(scorecard, list(result_rows(scorecard)), now=clock())
    for figures in ranking.rows:
        row = found[figures.candidate_id]
        texts = (
            figures.score,
            figures.low,
            figures.high,
            figures.coverage,
            figures.verified_coverage,
            figures.strength,
        )
        shown = tuple(
            row[key] for key in ("score", "low", "high", "coverage", "verified_coverage", "confidence")
        )
        assert tuple(f"{value:.2f}" for value in shown) == texts
        assert all(Decimal(str(value)).as_tuple().exponent >= -2 for value in shown)  # type: ignore[operator]
        exact = [int(group["contribution_exact"]) for group in row["groups"].values()]
        assert (sum(exact), row["score_exact"]) == (figures.score_exact, str(figures.score_exact))


def test_leaf_contributions_sum_to_the_score(api: Api, ranked: Ranked) -> None:
    row = rows(api, ranked)[0]

    detail = api.get(f"{ranked.path}results/{row['candidate']['id']}/").json()

    assert sum(int(leaf["contribution_exact"]) for leaf in detail["leaves"]) == int(row["score_exact"])
    assert sum(leaf["weight_ppb"] for leaf in detail["leaves"]) == 1_000_000_000
    assert {key: detail[key] for key in row} == row


def test_evidence_is_named_by_public_ids(api: Api, ranked: Ranked) -> None:
    row = rows(api, ranked)[0]

    detail = api.get(f"{ranked.path}results/{row['candidate']['id']}/").json()

    with organization_scope(ranked.team.organization.pk, "test"):
        record = Evidence.objects.get(vendor__name="Alder", target="SVC3")
    leaf = next(leaf for leaf in detail["leaves"] if leaf["criterion"] == "SVC3")
    assert leaf["evidence"] == [str(record.public_id)]
    assert api.get(f"evidence/{record.public_id}/").json()["id"] == leaf["evidence"][0]


def test_no_internal_ids_leave(api: Api, ranked: Ranked) -> None:
    detail = api.get(f"{ranked.path}results/{rows(api, ranked)[0]['candidate']['id']}/").json()

    for leaf in detail["leaves"]:
        assert all(len(record) == 36 for record in leaf["evidence"])
    assert {key for key in detail if key.endswith("id")} == {"scorecard_id", "run_id"}


ORDERED = [
    ("?ordering=-score", ["Alder", "Birch", "Cedar"]),
    ("?ordering=score", ["Cedar", "Birch", "Alder"]),
    ("?ordering=-vendor", ["Cedar", "Birch", "Alder"]),
    ("?state=ranked", ["Alder", "Birch", "Cedar"]),
    ("?state=gated&state=insufficient_evidence", []),
    ("?min_score=100", []),
    ("?min_score=0", ["Alder", "Birch", "Cedar"]),
]


def test_filters_and_order(api: Api, ranked: Ranked) -> None:
    assert [(query, names(rows(api, ranked, query))) for query, _ in ORDERED] == ORDERED


def test_min_score_compares_the_exact_score(api: Api, ranked: Ranked) -> None:
    best = rows(api, ranked)[0]
    exact = Decimal(best["score_exact"]) * 100 / Decimal(best["denominator_exact"])

    assert names(rows(api, ranked, f"?min_score={exact}")) == ["Alder"]
    assert names(rows(api, ranked, f"?min_score={exact + Decimal('1e-13')}")) == []


MEANINGLESS = [
    ("?ordering=password", [("ordering", "invalid_choice")]),
    ("?ordering=candidate__vendor__name", [("ordering", "invalid_choice")]),
    ("?state=winning", [("state", "invalid_choice")]),
    ("?min_score=high", [("min_score", "invalid")]),
    ("?min_score=101", [("min_score", "max_value")]),
    ("?shape=round", [("shape", "invalid_choice")]),
    ("?run_id=1", [("run_id", "invalid")]),
    ("?run_id=01890000-0000-7000-8000-000000000000", [("run_id", "unknown")]),
    ("?page_size=201", [("page_size", "invalid")]),
    ("?sort=score", [("sort", "unknown_parameter")]),
]


def test_parameters_that_mean_nothing(api: Api, ranked: Ranked) -> None:
    found = [(query, problem(api.get(f"{ranked.path}results/{query}"))) for query, _ in MEANINGLESS]

    assert found == [(query, (400, errors)) for query, errors in MEANINGLESS]


def test_long_shape_has_a_row_per_group(api: Api, ranked: Ranked) -> None:
    wide, long = rows(api, ranked), rows(api, ranked, "?shape=long")

    groups = [group.code for group in load_framework().groups]
    assert [(row["vendor"]["name"], row["group"]) for row in long] == [
        (row["vendor"]["name"], group) for row in wide for group in groups
    ]
    first = wide[0]["groups"]["MOD"]
    assert {key: long[0][key] for key in first} == first


def test_a_walk_stays_with_one_calculation(api: Api, ranked: Ranked) -> None:
    first = api.get(f"{ranked.path}results/?page_size=2").json()
    assert first["next"].endswith(f"run_id={first['results'][0]['run_id']}")
    second = api.get(first["next"].removeprefix("http://testserver"))
    assert names(second.json()["results"]) == ["Cedar"]

    edit(ranked, "Cedar", 3)
    ranked.calculate()

    assert code(api.get(first["next"].removeprefix("http://testserver"))) == (409, "run_superseded")
    candidate = first["results"][0]["candidate"]["id"]
    run_id = first["results"][0]["run_id"]
    assert code(api.get(f"{ranked.path}results/{candidate}/?run_id={run_id}")) == (409, "run_superseded")
    assert len(rows(api, ranked)) == 3


def test_etag_follows_what_is_published(api: Api, viewer: Api, ranked: Ranked) -> None:
    place = f"{ranked.path}results/"
    first = api.get(place)

    assert api.get(place, if_none_match=first["ETag"]).status_code == 304
    assert api.get(f"{place}?page_size=2", if_none_match=first["ETag"]).status_code == 200
    assert viewer.get(place, if_none_match=first["ETag"]).status_code == 200
    edit(ranked, "Cedar", 3)
    stale = api.get(place, if_none_match=first["ETag"])
    assert (stale.status_code, {row["fresh"] for row in stale.json()["results"]}) == (200, {False})
    ranked.calculate()
    newer = api.get(place, if_none_match=stale["ETag"])
    assert (newer.status_code, {row["fresh"] for row in newer.json()["results"]}) == (200, {True})
    assert len({first["ETag"], stale["ETag"], newer["ETag"]}) == 3


def test_leaves_in_bulk(api: Api, ranked: Ranked) -> None:
    whole = api.get(f"{ranked.path}leaves/").json()
    walked, place, pages = [], f"/api/v1/{ranked.path}leaves/?page_size=50", 0
    while place:
        page = api.get(place).json()
        walked += page["results"]
        place, pages = (page["next"] or "").removeprefix("http://testserver"), pages + 1

    assert (len(whole["results"]), whole["next"], whole["previous"]) == (3 * LEAVES, None, None)
    assert walked == whole["results"]
    assert pages == -(-3 * LEAVES // 50)
    assert [row["criterion"] for row in walked[:LEAVES]] == [leaf.code for leaf in load_framework().leaves]


def test_leaves_as_lines_and_compressed(api: Api, ranked: Ranked) -> None:
    whole = api.get(f"{ranked.path}leaves/?page_size=100").json()

    lines = api.get(f"{ranked.path}leaves/?page_size=100", accept="application/x-ndjson")
    small = api.get(f"{ranked.path}leaves/?page_size=100&format=ndjson", accept_encoding="gzip, br")

    assert lines["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.content.decode().splitlines()] == whole["results"]
    assert lines["Link"].endswith('>; rel="next"')
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == lines.content
    assert small["ETag"] != lines["ETag"]
    assert api.get(f"{ranked.path}leaves/?page_size=100", if_none_match=lines["ETag"]).status_code == 200
    again = api.get(
        f"{ranked.path}leaves/?page_size=100", if_none_match=lines["ETag"], accept="application/x-ndjson"
    )
    assert again.status_code == 304


def test_a_walk_through_leaves_stays_with_one_calculation(api: Api, ranked: Ranked) -> None:
    following = api.get(f"{ranked.path}leaves/?page_size=10").json()["next"].removeprefix("http://testserver")
    edit(ranked, "Cedar", 3)
    ranked.calculate()

    assert code(api.get(following)) == (409, "run_superseded")


BROKEN = [
    ("?cursor=abc", "cursor"),
    ("?cursor=YTpiOmM=", "cursor"),
    ("?page_size=5001", "page_size"),
    ("?page=2", "page"),
]


def test_broken_cursors_are_refused(api: Api, ranked: Ranked) -> None:
    found = [(query, problem(api.get(f"{ranked.path}leaves/{query}"))) for query, _ in BROKEN]

    assert [(query, status, [name for name, _ in errors]) for query, (status, errors) in found] == [
        (query, 400, [field]) for query, field in BROKEN
    ]


def test_runs_newest_first(api: Api, ranked: Ranked) -> None:
    edit(ranked, "Cedar", 3)
    ranked.calculate()

    found = api.get(f"{ranked.path}runs/").json()["results"]

    assert [(run["number"], run["candidates"], run["ranked"]) for run in found] == [(2, 3, 3), (1, 3, 3)]
    one = api.get(f"{ranked.path}runs/{found[0]['id']}/").json()
    assert (one["digest"], len(one["criteria"]["leaves"])) == (found[0]["digest"], LEAVES)
    assert found[0]["digest"] == api.get(ranked.path).json()["digest"]


def test_offers_are_withheld_from_who_may_not_read_them(
    api: Api, team: Team, viewer: Api, ranked: Ranked
) -> None:
    rule = {"subject": "proposal.weeks_to_milestone", "operator": "<=", "value": 30}
    api.patch(ranked.path, {"gates": [rule]})
    ranked.calculate()
    place = f"{ranked.path}results/{ranked.candidates['Alder'].public_id}/"
    narrow = by_token(team, scopes=("scores:read",))

    shown = {
        who: caller.get(place).json()
        for who, caller in {"all": api, "viewer": viewer, "narrow": narrow}.items()
    }

    reasons = {who: detail["gates"][0]["reason"] for who, detail in shown.items()}
    assert reasons["all"] == "No proposal has been received."
    assert reasons["viewer"] == reasons["narrow"] == "Commercial: needs the right to read offers."
    price = {
        who: next(leaf for leaf in d["leaves"] if leaf["criterion"] == "COM1") for who, d in shown.items()
    }
    assert price["viewer"]["reason"] == "Commercial: needs the right to read offers."
    assert price["all"]["reason"] != price["viewer"]["reason"]
    assert price["all"]["weight_ppb"] == price["viewer"]["weight_ppb"]


def test_every_role_reads_results(team: Team, ranked: Ranked) -> None:
    for role in Role:
        member = by_session(team, role)
        for place in ("results/", "leaves/", "runs/", "waivers/", ""):
            assert member.get(f"{ranked.path}{place}").status_code == 200


def test_a_token_needs_the_scope(team: Team, ranked: Ranked) -> None:
    token = by_token(team, scopes=("vendors:read", "vendors:write"))

    for place in ("results/", "leaves/", "runs/", "waivers/", ""):
        assert code(token.get(f"{ranked.path}{place}")) == (403, "scope_missing")
    assert code(token.post(f"{ranked.path}recompute/")) == (403, "scope_missing")


def test_nothing_calculated_yet(api: Api, ranked: Ranked) -> None:
    body = {"name": "Later", "program": str(ranked.program.public_id)}
    place = f"scorecards/{api.post('scorecards/', body).json()['id']}/"

    assert api.get(f"{place}results/").json() == {"count": 0, "next": None, "previous": None, "results": []}
    assert api.get(f"{place}leaves/").json() == {"next": None, "previous": None, "results": []}
    assert code(api.get(f"{place}results/{ranked.candidates['Alder'].public_id}/")) == (404, "not_found")
    assert code(api.get(f"{place}export/csv/")) == (409, "not_calculated")
