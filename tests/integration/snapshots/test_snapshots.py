"""Frozen calculations: what they keep, that nothing changes them, and that a check says what was changed."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.engine.digest import canonical_json
from scorecards.models import Snapshot, SnapshotContent
from scorecards.services.snapshots import freeze_calculation
from scorecards.snapshots import verification
from scorecards.snapshots.document import file_of
from scorecards.snapshots.verification import verify_file, verify_stored
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_vendor
from tests.integration.api.calls import Api, by_session, by_token, code
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


def freeze(ranked: Ranked, **fields: Any) -> Snapshot:
    team = ranked.team
    with organization_scope(team.organization.pk, team.actor()):
        return freeze_calculation(scorecard=ranked.scorecard, by=team.actor(), now=clock(), **fields)


def content_of(ranked: Ranked, snapshot: Snapshot) -> dict[str, Any]:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        found: dict[str, Any] = json.loads(bytes(SnapshotContent.objects.get(snapshot=snapshot).content))
        return found


@pytest.fixture
def frozen(ranked: Ranked) -> dict[str, Any]:
    """The content of a frozen calculation."""
    return content_of(ranked, freeze(ranked))


def test_snapshot_keeps_everything_its_figures_rest_on(
    ranked: Ranked, frozen: dict[str, Any], api: Api
) -> None:
    shown = api.get(f"{ranked.path}results/").json()["results"]

    assert [(one["vendor"]["name"], str(one["figures"]["score_exact"])) for one in frozen["candidates"]] == [
        (row["vendor"]["name"], row["score_exact"]) for row in shown
    ]
    assert sum(frozen["weights"].values()) == 1_000_000_000
    assert frozen["run"]["output_digest"] == shown[0]["digest"]
    cell = frozen["candidates"][0]["cells"]["SVC3"]
    assert (cell["state"], cell["grade"], len(cell["evidence"])) == ("known", "D", 1)
    assert cell["evidence"][0] in [record["id"] for record in frozen["evidence"]]
    assert all(len(record["digest"]) == 64 for record in frozen["evidence"])


def test_snapshot_file_is_intact_and_every_figure_follows(frozen: dict[str, Any]) -> None:
    found = verify_file(file_of(frozen))

    assert (found.differences, found.intact, found.candidates, found.figures) == ((), True, 3, 57)


def test_freezing_the_same_calculation_again_gives_the_same_snapshot(ranked: Ranked) -> None:
    first, again = freeze(ranked, reason="board"), freeze(ranked, reason="later")

    assert (again.pk, again.reason, again.number) == (first.pk, "board", 1)


def test_freezing_what_is_not_fresh_is_a_conflict(ranked: Ranked, api: Api) -> None:
    team = ranked.team
    with organization_scope(team.organization.pk, team.actor()):
        make_vendor(team.organization, name="Latecomer", now=clock())

    assert code(api.post(f"{ranked.path}snapshots/")) == (409, "not_fresh")


def test_freezing_before_the_first_calculation_is_a_conflict(
    transactional_db: None, team: Team, api: Api
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        scorecard = make_scorecard(make_program(team.organization, now=clock()), now=clock())

    assert code(api.post(f"scorecards/{scorecard.public_id}/snapshots/")) == (409, "not_calculated")


def test_later_edits_leave_a_snapshot_as_it_was(ranked: Ranked, api: Api) -> None:
    snapshot = freeze(ranked)
    team = ranked.team
    with organization_scope(team.organization.pk, team.actor()):
        vendor = ranked.candidates["Cedar"].vendor
        make_evidence(vendor, "SVC3", {"level": 5}, now=clock(), verified=True, obtained_on=clock().date())
    ranked.calculate()
    second = freeze(ranked)

    checks = [api.get(f"snapshots/{row.public_id}/verify/").json() for row in (snapshot, second)]

    assert [check["intact"] for check in checks] == [True, True]
    assert second.digest != snapshot.digest
    assert [row["number"] for row in api.get(f"{ranked.path}snapshots/").json()["results"]] == [2, 1]


def test_the_application_can_neither_change_nor_delete_a_snapshot(ranked: Ranked) -> None:
    snapshot = freeze(ranked)
    attempts: list[Callable[[], object]] = [
        lambda: Snapshot.objects.filter(pk=snapshot.pk).update(reason="other"),
        lambda: Snapshot.objects.filter(pk=snapshot.pk)._raw_delete("default"),
        lambda: SnapshotContent.objects.filter(snapshot=snapshot).update(content=b"{}"),
        lambda: SnapshotContent.objects.filter(snapshot=snapshot).delete(),
    ]

    for attempt in attempts:
        with (
            organization_scope(ranked.team.organization.pk, ranked.team.actor()),
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
        ):
            attempt()


def test_freezing_is_in_the_audit_trail_without_its_content(ranked: Ranked) -> None:
    snapshot = freeze(ranked, reason="board")

    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        events = AuditEvent.objects.filter(table_name="scorecards_snapshot").values_list(
            "new__digest", "new__reason"
        )
        assert list(events) == [(snapshot.digest, "board")]
        assert not AuditEvent.objects.filter(table_name="scorecards_snapshotcontent").exists()


# --- what a check says when something was changed ---------------------------------------------------------


def change(content: dict[str, Any], path: list[Any], value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(content))
    place: Any = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


def tampered(content: dict[str, Any], path: list[Any], value: Any) -> bytes:
    """The file as somebody would leave it who changes one value and knows nothing of digests."""
    document = json.loads(file_of(content))
    return canonical_json({**document, "content": change(content, path, value)})


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["candidates", 0, "figures", "rank"], 2, {"candidates[0].figures", "candidates[0].figures.rank"}),
        (["candidates", 1, "figures", "score_exact"], 1, {"candidates[1].figures", "candidates[1].figures.score_exact"}),
        (["candidates", 2, "vendor", "name"], "Other", {"candidates[2].vendor"}),
        (["program", "name"], "Other", {"program"}),
        (["run", "output_digest"], "0" * 64, {"run", "run.output_digest"}),
    ],
)  # fmt: skip
def test_check_says_where_a_value_was_changed(
    frozen: dict[str, Any], path: list[Any], value: Any, expected: set[str]
) -> None:
    found = verify_file(tampered(frozen, path, value))

    assert not found.intact
    assert {difference.path for difference in found.differences} >= expected | {"digest"}
    assert found.words == "This is not what was frozen."


def test_check_of_a_changed_cell_names_cell_and_figures(frozen: dict[str, Any]) -> None:
    path = ["candidates", 0, "cells", "SVC3"]
    cell = {**frozen["candidates"][0]["cells"]["SVC3"], "point": 600_000, "high": 600_000}

    found = {difference.path for difference in verify_file(tampered(frozen, path, cell)).differences}

    assert {"candidates[0].cells", "candidates[0].figures.score_exact", "run.output_digest"} <= found


def test_check_of_changed_weights_does_not_follow_from_the_input_digest(frozen: dict[str, Any]) -> None:
    weights = dict(frozen["weights"])
    first, second = [code for code, ppb in weights.items() if ppb][:2]
    weights[first], weights[second] = weights[first] + 1, weights[second] - 1
    content = change(frozen, ["weights"], weights)

    found = {difference.path for difference in verify_file(file_of(content)).differences}

    assert "identity.weights" in found


def test_check_finds_a_forged_content_whose_digests_were_made_anew(frozen: dict[str, Any]) -> None:
    forged = change(frozen, ["candidates", 0, "figures", "rank"], 3)

    found = verify_file(file_of(forged))

    assert [difference.path for difference in found.differences] == ["candidates[0].figures.rank"]
    assert (found.untouched, found.intact) == (True, False)


def test_check_of_any_changed_byte_says_so_and_never_breaks(frozen: dict[str, Any]) -> None:
    data, chance = file_of(frozen), random.Random(7)  # noqa: S311 - any bytes will do

    for _ in range(150):
        at = chance.randrange(len(data))
        other = chance.choice([byte for byte in range(256) if byte != data[at]])
        found = verify_file(data[:at] + bytes([other]) + data[at + 1 :])
        assert not found.intact, at
        assert found.differences, at


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[]", b"{}", b'{"content":1,"digest":"","parts":{}}', b'{"content":{},"digest":2,"parts":[]}', b"NaN", b"[" * 5000]
)  # fmt: skip
def test_check_of_anything_else_is_an_answer(data: bytes) -> None:
    assert not verify_file(data).intact


def test_another_engine_version_is_reported_as_such(
    frozen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "ENGINE_VERSION", "99")
    frozen["candidates"][0]["figures"]["strength"] += 1  # as if that engine had worked it out differently

    found = verify_file(file_of(frozen))

    assert (found.same_engine, found.untouched) == (False, True)
    assert found.words.startswith("Nothing was changed. It was frozen with engine version 3;")


def test_stored_content_is_checked_against_its_row(frozen: dict[str, Any]) -> None:
    found = verify_stored(canonical_json(frozen), digest="0" * 64)

    assert [difference.path for difference in found.differences] == ["digest"]


# --- the command ------------------------------------------------------------------------------------------


def test_command_needs_no_database(frozen: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "frozen.json"
    file.write_bytes(file_of(frozen))
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "CDMO_PROCESS": "command"}

    run = subprocess.run(
        [sys.executable, "manage.py", "verify_snapshot", str(file)], cwd=ROOT, env=os.environ | nowhere, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip

    assert (run.returncode, run.stdout.splitlines()[1:]) == (
        0,
        [
            "3 candidates, 57 figures worked out again.",
            "Nothing was changed, and every figure follows from the frozen cells.",
        ],
    )


def test_command_names_what_differs(frozen: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "frozen.json"
    file.write_bytes(tampered(frozen, ["candidates", 0, "figures", "rank"], 2))
    told = StringIO()

    with pytest.raises(CommandError, match="This is not what was frozen"):
        call_command("verify_snapshot", str(file), stdout=StringIO(), stderr=told)

    assert "  candidates[0].figures.rank: frozen as 2, comes out as 1" in told.getvalue().splitlines()


def test_command_without_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_snapshot", str(tmp_path / "none.json"))


# --- REST and pages ---------------------------------------------------------------------------------------


def test_rest_freezes_lists_checks_and_gives_the_file(ranked: Ranked, api: Api) -> None:
    made = api.post(f"{ranked.path}snapshots/", {"reason": "Steering committee"})
    one = api.get(made["Location"])
    file = api.get(f"snapshots/{made.json()['id']}/file/")

    assert (made.status_code, one.json()["reason"], one.json()["frozen_by"]) == (
        201,
        "Steering committee",
        "Manager of Alpha (token test)",
    )
    assert [row["id"] for row in api.get("snapshots/").json()["results"]] == [made.json()["id"]]
    assert (
        file["Content-Disposition"]
        == f'attachment; filename="calculation-1-{made.json()["digest"][:12]}.json"'
    )
    assert verify_file(file.content).digest == made.json()["digest"]


def test_file_needs_the_right_to_read_offers(ranked: Ranked, viewer: Api) -> None:
    snapshot = freeze(ranked)
    narrow = by_token(ranked.team, scopes=("scores:read",))

    answers = [caller.get(f"snapshots/{snapshot.public_id}/file/") for caller in (viewer, narrow)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert viewer.post(f"{ranked.path}snapshots/").status_code == 403


def test_another_organisation_sees_no_snapshot(ranked: Ranked, stranger: Api) -> None:
    snapshot = freeze(ranked)

    places = [f"snapshots/{snapshot.public_id}/{rest}" for rest in ("", "file/", "verify/")]
    assert [stranger.get(place).status_code for place in [*places, f"{ranked.path}snapshots/"]] == [404] * 4
    assert stranger.get("snapshots/").json()["results"] == []


def test_pages_freeze_show_and_check(ranked: Ranked) -> None:
    browser = by_session(ranked.team, Role.PROCUREMENT).client
    listed = reverse("scorecards:frozen_list", args=[ranked.scorecard.public_id])

    gone = browser.post(listed, {"reason": "Steering committee"})
    shown = browser.get(f"{gone['Location']}?check=1").content.decode()

    assert gone.status_code == 303
    assert "Nothing was changed, and every figure follows from the frozen cells." in shown
    assert shown.count("data-row") == 3
    assert "Steering committee" in browser.get(listed).content.decode()
    assert browser.get(f"{gone['Location']}file/")["Content-Type"] == "application/json"


def test_page_says_why_it_cannot_be_frozen_yet(ranked: Ranked) -> None:
    browser = by_session(ranked.team).client
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        make_vendor(ranked.team.organization, name="Latecomer", now=clock())

    answer = browser.post(reverse("scorecards:frozen_list", args=[ranked.scorecard.public_id]))

    assert answer.status_code == 409
    assert "Wait for the recalculation" in answer.content.decode()


FRAME = 6  # session, user, memberships, BEGIN, organisation and actor, COMMIT
LISTS = {"snapshots/?page_size={n}": 1, "{path}snapshots/?page_size={n}": 2}  # page; scorecard, page


def test_lists_cost_the_same_with_one_and_three(transactional_db: None, team: Team) -> None:
    viewer, ranked = by_session(team), make_ranked(team, "Alder", "Birch", "Cedar")
    for points in ("10", "20", "30"):
        freeze(ranked)
        by_token(team).patch(ranked.path, {"weights": {"MOD": points}})
        ranked.calculate()
    viewer.get("must-haves/")

    def cost(place: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert viewer.get(place).status_code == 200
        return len(captured) - FRAME

    for size in (1, 3):
        assert {place: cost(place.format(n=size, path=ranked.path)) for place in LISTS} == LISTS


# the scope; the scorecard; freshness and run, twice; the frame: conditions, must-haves, readings, judgements, members;
# results, cells, facts, evidence, sites, partners, must-haves, waivers; present snapshots; the checks of a new row, each
# constraint a query; the row, its content
FREEZING = 39


@pytest.mark.parametrize("names", [("Alder",), ("Alder", "Birch", "Cedar")])
def test_freezing_costs_the_same_with_one_and_three(
    transactional_db: None, team: Team, names: tuple[str, ...]
) -> None:
    ranked = make_ranked(team, *names)
    with CaptureQueriesContext(connection) as captured:
        freeze(ranked)

    assert len(captured) == FREEZING
