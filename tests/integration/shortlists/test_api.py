"""Shortlists, decisions and signatures over the REST interface."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.audit_chain import seal_all
from cdmo_eval.core.roles import Role
from tests.factories.core import PASSWORD
from tests.integration.api.calls import Api, by_session, code, problem
from tests.integration.scorecards_api.conftest import Ranked
from tests.integration.shortlists.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_shortlist_is_made_changed_and_archived(ranked: Ranked, api: Api) -> None:
    ids = {name: str(row.public_id) for name, row in ranked.candidates.items()}
    body = {
        "scorecard": str(ranked.scorecard.public_id),
        "name": "Second source",
        "candidates": [ids["Birch"], ids["Alder"]],
    }

    made = api.post("shortlists/", body, idempotency_key="k")
    again = api.post("shortlists/", body, idempotency_key="k")
    path = f"shortlists/{made.json()['id']}/"
    added = api.post(f"{path}items/", {"candidates": [ids["Cedar"], ids["Alder"]]})
    items = {row["name"]: row for row in added.json()}
    moved = api.patch(
        f"{path}items/{items['Cedar']['id']}/", {"position": 1}, if_match=f'"{items["Cedar"]["version"]}"'
    )
    dropped = api.patch(f"{path}items/{items['Birch']['id']}/", {"decision": "drop", "reason": "Too small"})
    chosen = api.patch(path, {"primary": ids["Alder"], "reason": "Best"}, if_match=made["ETag"])
    late = api.patch(path, {"name": "x"}, if_match=made["ETag"])
    not_kept = api.patch(path, {"backup": ids["Birch"]})
    off = api.delete(f"{path}items/{items['Cedar']['id']}/", {"reason": "A slip"})

    assert (made.status_code, again["Idempotent-Replay"], added.status_code, moved.status_code) == (
        201,
        "true",
        201,
        200,
    )
    assert (items["Cedar"]["rank_when_added"], items["Cedar"]["rank_now"]) == (3, 3)
    assert (dropped.json()["decision"], chosen.json()["primary"], late.status_code) == (
        "drop",
        ids["Alder"],
        412,
    )
    assert problem(not_kept) == (400, [("backup", "not_kept")])
    assert off.status_code == 204
    assert [(row["name"], row["position"]) for row in api.get(f"{path}items/").json()] == [
        ("Birch", 1),
        ("Alder", 2),
    ]
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_what_is_not_on_the_scorecard_is_refused(desk: Desk, api: Api, stranger: Api) -> None:
    other = {"scorecard": str(desk.ranked.scorecard.public_id), "name": "Second source", "candidates": []}

    assert problem(api.post("shortlists/", other)) == (400, [("", "duplicate")])
    assert problem(api.post(f"{desk.path}items/", {"candidates": ["x"]}))[0] == 400
    assert stranger.get(desk.path).status_code == 404


def test_comments_and_declarations_carry_names(desk: Desk, api: Api, quality: Api, viewer: Api) -> None:
    said = quality.post(f"{desk.path}comments/", {"text": "Look at the 483.", "kind": "dissent"})
    declared = quality.post(f"{desk.path}declarations/", {"conflict": True, "text": "Shares"})
    silent = quality.post(f"{desk.path}declarations/", {"conflict": True})

    assert (said.json()["by"], declared.json()["person"]) == ("Quality of Alpha", "Quality of Alpha")
    assert problem(silent) == (400, [("text", "required")])
    assert [row["text"] for row in viewer.get(f"{desk.path}comments/").json()["results"]] == [
        "Look at the 483."
    ]
    assert api.get(f"{desk.path}declarations/").json()["results"][0]["conflict"] is True
    assert code(viewer.post(f"{desk.path}comments/", {"text": "x"}))[0] == 403


def test_a_person_signs_by_session_and_a_token_never_does(desk: Desk, api: Api) -> None:
    procurement, quality = by_session(desk.team, Role.PROCUREMENT), by_session(desk.team, Role.QUALITY)
    path = f"{desk.path}signatures/"
    body = {"meaning": "authored", "password": PASSWORD}

    by_program = api.post(path, body)
    undeclared = procurement.post(path, body)
    desk.declare(Role.PROCUREMENT, Role.QUALITY)
    wrong = procurement.post(path, body | {"password": "wrong"})
    signed = procurement.post(path, body)
    other = quality.post(path, {"meaning": "quality_approved", "password": PASSWORD, "digest": "0" * 64})
    approved = quality.post(
        path, {"meaning": "quality_approved", "password": PASSWORD, "digest": signed.json()["digest"]}
    )
    locked = procurement.patch(desk.path, {"reason": "x"})
    decision = api.get(f"{desk.path}decision/").json()
    verified = api.get(f"snapshots/{signed.json()['snapshot']}/verify/").json()

    assert code(by_program) == (403, "session_required")
    assert code(undeclared) == (409, "declaration_missing")
    assert code(wrong) == (403, "not_proven")
    assert (signed.status_code, approved.status_code, code(other), code(locked)) == (
        201, 201, (409, "other_document"), (409, "signed"),
    )  # fmt: skip
    assert (decision["complete"], [row["meaning"] for row in decision["signatures"]]) == (
        True,
        ["authored", "quality_approved"],
    )
    assert decision["content"]["answer"] == "Alder is chosen, with Birch as backup."
    assert (verified["intact"], [(row["meaning"], row["fits"]) for row in verified["signatures"]]) == (
        True, [("authored", True), ("quality_approved", True)],
    )  # fmt: skip
    assert [row["meaning"] for row in api.get(path).json()] == ["authored", "quality_approved"]


def test_a_signed_shortlist_is_superseded_with_a_reason(desk: Desk, api: Api) -> None:
    early = api.post(f"{desk.path}supersede/", {"reason": "x"})
    desk.author()

    begun = api.post(f"{desk.path}supersede/", {"reason": "Birch was inspected."})
    old = api.get(f"{desk.path}decision/?edition=1").json()

    assert code(early) == (409, "not_signed")
    assert (begun.json()["edition"], begun.json()["signed_at"]) == (2, None)
    assert (old["signed"]["superseded_reason"], old["edition"]) == ("Birch was inspected.", 1)
    assert code(api.get(f"{desk.path}decision/?edition=9"))[0] == 404


def test_pairs_say_what_is_shared_and_what_is_not_known(desk: Desk, api: Api) -> None:
    found = api.get(f"{desk.ranked.path}pairs/").json()
    listed = api.get(f"{desk.path}pairs/").json()

    first = found["pairs"][0]
    assert (len(found["pairs"]), first["rank"], len(listed["pairs"])) == (6, 1, 6)
    assert [(one["kind"], one["points"], one["counted"], one["certain"]) for one in first["overlaps"]] == [
        ("country", 10.0, 10.0, True), ("owner", 30.0, 15.0, False), ("supplier", 15.0, 7.5, False),
    ]  # fmt: skip
    assert round(first["base"] - first["score"], 2) == 32.5
    assert first["low"] < first["score"] < first["high"]
    assert found["settings"]["primary_share"] == 70.0


def test_the_funnel_names_everybody_who_went_out(desk: Desk, api: Api) -> None:
    with desk.scope():
        item = desk.item("Cedar")
    api.patch(f"{desk.path}items/{item.public_id}/", {"decision": "hold", "reason": "Later"})

    steps = api.get(f"{desk.path}funnel/").json()

    assert [(step["step"], step["count"], [one["name"] for one in step["excluded"]]) for step in steps] == [
        ("longlist", 3, []), ("must_haves", 3, []), ("evidence", 3, []), ("shortlist", 3, []), ("kept", 2, ["Cedar"]), ("chosen", 2, []),
    ]  # fmt: skip


def test_the_head_of_the_audit_chain(desk: Desk) -> None:
    seal_all()
    admin = by_session(desk.team, Role.ADMIN)

    head = admin.get("audit/chain/").json()
    first = admin.get("audit/chain/?number=1").json()

    assert (head["number"] > 5, len(head["hash"]), head["waiting"], first["number"]) == (True, 64, 0, 1)
    assert first["hash"] != head["hash"]
    assert code(admin.get("audit/chain/?number=999999"))[0] == 404
    assert problem(admin.get("audit/chain/?number=x")) == (400, [("number", "invalid")])


def _queries(api: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert api.get(path).status_code == 200
    return len(
        [
            query
            for query in captured
            if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
        ]
    )


def test_reading_costs_the_same_for_one_and_three(desk: Desk, api: Api) -> None:
    parts = ("", "items/", "comments/", "declarations/", "signatures/")
    manager = by_session(desk.team)
    manager.post(f"{desk.path}comments/", {"text": "x"})
    desk.declare(Role.PROCUREMENT)
    api.get(desk.path)
    few = [_queries(api, f"{desk.path}{part}") for part in parts]
    for _ in range(2):
        manager.post(f"{desk.path}comments/", {"text": "x"})
    desk.declare(Role.MANAGER, Role.QUALITY)

    assert [_queries(api, f"{desk.path}{part}") for part in parts] == few


def test_a_plain_snapshot_has_no_signatures(ranked: Ranked, api: Api) -> None:
    made = api.post(f"{ranked.path}snapshots/", {"reason": "board"}).json()

    found = api.get(f"snapshots/{made['id']}/verify/").json()

    assert (found["intact"], found["signatures"]) == (True, [])
