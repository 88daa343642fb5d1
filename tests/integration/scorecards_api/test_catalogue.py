"""Criteria sets, criteria, archetypes and must-haves over the API."""

from datetime import UTC, datetime

import pytest

from cdmo_eval.core.policies import Actor
from scorecards.frameworks import load_archetypes, load_framework, load_gates
from scorecards.services.frameworks import install_frameworks
from tests.integration.api.calls import Api, code, problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def framework_id(scope: Actor) -> str:
    """The installed criteria set."""
    return str(install_frameworks(scope.organization, datetime.now(UTC))[0].public_id)


def test_framework_has_its_whole_tree(viewer: Api, framework_id: str) -> None:
    listed = viewer.get("frameworks/").json()["results"]
    shown = viewer.get(f"frameworks/{framework_id}/").json()

    assert [(row["id"], row["code"], row["number"], row["state"]) for row in listed] == [
        (framework_id, "CDMO", 1, "published")
    ]
    assert [[leaf["code"] for leaf in group["criteria"]] for group in shown["groups"]] == [
        [leaf.code for leaf in group.leaves] for group in load_framework().groups
    ]
    first = shown["groups"][0]["criteria"][0]
    assert (first["code"], first["group"], first["fresh_months"]) == ("MOD1", "MOD", 12)
    assert {c["code"] for c in shown["conditions"]} == {c.code for c in load_framework().conditions}


def test_criteria_by_group_and_quick(viewer: Api, framework_id: str) -> None:
    quick = viewer.get(f"criteria/?framework={framework_id}&quick=true").json()
    group = viewer.get("criteria/?group=REG&page_size=2").json()

    assert [leaf["code"] for leaf in quick["results"]] == [leaf.code for leaf in load_framework().quick]
    assert (group["count"], [leaf["group"] for leaf in group["results"]]) == (6, ["REG", "REG"])
    assert problem(viewer.get("criteria/?quick=perhaps")) == (400, [("quick", "invalid")])
    assert problem(viewer.get("criteria/?framework=1")) == (400, [("framework", "invalid")])


def test_archetypes_and_must_haves(viewer: Api) -> None:
    archetypes = viewer.get("archetypes/").json()["results"]
    must_haves = viewer.get("must-haves/").json()["results"]

    assert [row["code"] for row in archetypes] == [a.code for a in load_archetypes()]
    assert [row["code"] for row in must_haves] == [g.code for g in load_gates()]
    one = viewer.get("archetypes/B/").json()
    assert (one["points"]["REG"], one["points"]["SCL2"], one["gates"]) == (
        18,
        20,
        ["G_OAI", "G_SCALE", "G_MARKET"],
    )
    assert code(viewer.get("archetypes/ZZ/")) == (404, "not_found")
