"""The feed of changes: every write told, at least once, in an order in which none can be missed."""

from collections import Counter
from itertools import groupby
from threading import Event as Signal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, connection, transaction

from cdmo_eval.core.changes import feed_types, forget_old_changes
from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import Change
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Result, ResultCells
from scorecards.results_feed import COLLAPSE_ABOVE
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_site, make_vendor
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from tests.support.threads import Beside
from vendors import services
from vendors.models import Evidence, Vendor

pytestmark = pytest.mark.django_db(transaction=True)


def ask(api: Api, after: str = "", **parameters: Any) -> dict[str, Any]:
    query = urlencode(({"after": after} if after else {}) | parameters)
    answer = api.get(f"changes/?{query}")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def told(body: dict[str, Any], *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in fields or ("type", "op")) for row in body["results"]]


@pytest.fixture
def api(team: Team) -> Api:
    return by_token(team)


def inside(team: Team) -> Any:
    return organization_scope(team.organization.pk, team.actor())


def test_writes_of_a_vendor_and_its_parts_are_told_in_order(team: Team, api: Api) -> None:
    begin = ask(api, "now")
    with inside(team):
        vendor = make_vendor(team.organization, name="Alder")
    with inside(team):
        site = make_site(vendor, name="North")
    with inside(team):
        services.add_alias(vendor=vendor, name="Alder AG", by=team.actor())

    body = ask(api, begin["cursor"], types="vendor,site")

    assert begin["results"] == []
    assert begin["more"] is False
    order = [row for row, _ in groupby(told(body, "type", "op", "id", "merged_into"))]
    assert order == [
        ("vendor", "upsert", str(vendor.public_id), None), ("site", "upsert", str(site.public_id), None),
        ("vendor", "upsert", str(vendor.public_id), None),
    ]  # fmt: skip
    assert ask(api, body["cursor"], types="vendor,site")["results"] == []


def test_seq_of_a_row_is_a_place_to_go_on(team: Team, api: Api) -> None:
    for name in "abc":
        with inside(team):
            make_vendor(team.organization, name=name)
    first = ask(api, page_size=1)

    rest = ask(api, first["results"][0]["seq"])

    assert first["more"] is True
    assert first["cursor"] == first["results"][0]["seq"]
    assert len(rest["results"]) == 2
    assert rest["more"] is False


def test_archive_merge_and_retraction_say_so(team: Team, api: Api) -> None:
    by = team.actor()
    with inside(team):
        kept, twin, gone = (make_vendor(team.organization, name=name) for name in ("Kept", "Twin", "Gone"))
        record = make_evidence(kept, "SVC3", {"level": 3})
    begin = ask(api, "now")["cursor"]
    with inside(team):
        services.archive_vendor(vendor=gone, expected_version=None, by=by, now=NOW)
    with inside(team):
        services.retract_evidence(
            evidence=Evidence.objects.get(pk=record.pk), reason="wrong", expected_version=None, by=by, now=NOW
        )
    with inside(team):
        services.merge_vendor(vendor=twin, into=kept, expected_version=None, by=by, now=NOW)

    body = ask(api, begin, types="vendor,evidence")

    assert [row for row in told(body, "type", "op", "id", "merged_into") if row[1] != "upsert"] == [
        ("vendor", "delete", str(gone.public_id), None), ("evidence", "retract", str(record.public_id), None),
        ("vendor", "merge", str(twin.public_id), str(kept.public_id)),
    ]  # fmt: skip


def test_write_that_changes_nothing_is_not_told(team: Team, api: Api) -> None:
    with inside(team):
        make_vendor(team.organization)
    begin = ask(api, "now")["cursor"]
    with inside(team):
        Vendor.objects.update(hq_country="")

    assert ask(api, begin)["results"] == []


def test_long_transaction_is_not_passed_over(team: Team, api: Api, beside: Beside) -> None:
    """The named interleaving: A writes first and commits last; whoever read in between sees A afterwards."""
    written, go_on = Signal(), Signal()
    with inside(team):
        vendors = {name: make_vendor(team.organization, name=name) for name in "AB"}
    begin = ask(api, "now")["cursor"]

    def meet(name: str) -> str:
        contact = services.create_contact(
            organization=team.organization, vendor=vendors[name], name=name, by=team.actor(), now=NOW
        )
        return str(contact.public_id)

    def slow() -> str:
        with inside(team):
            key = meet("A")
            written.set()
            go_on.wait(10)
        return key

    running = beside.start(slow)
    written.wait(10)
    with inside(team):
        second = meet("B")
    between = ask(api, begin)
    go_on.set()
    first = running.result(10)
    after = ask(api, between["cursor"])

    assert between["results"] == []
    assert told(after, "id") == [(first,), (second,)]


def test_copy_followed_beside_many_writers_is_true(team: Team, api: Api, beside: Beside) -> None:
    """Eight writers, one follower who asks all the time: in the end it knows every vendor, and which are archived."""
    begin = ask(api, "now")["cursor"]
    stop = Signal()

    def write(number: int) -> None:
        for turn in range(5):
            with inside(team):
                vendor = make_vendor(team.organization, name=f"{number}-{turn}")
                if turn % 2:
                    services.archive_vendor(vendor=vendor, expected_version=None, by=team.actor(), now=NOW)

    def follow() -> dict[str, str]:
        copy: dict[str, str] = {}
        cursor, over = begin, False
        while True:
            body = ask(by_token_copy, cursor, types="vendor", page_size=3)
            copy |= {row["id"]: row["op"] for row in body["results"]}
            cursor = body["cursor"]
            if over and not body["more"]:
                return copy
            over = stop.is_set() and not body["more"]

    by_token_copy = by_token(team)
    following = beside.start(follow)
    for future in [beside.start(lambda number=number: write(number)) for number in range(6)]:  # type: ignore[misc]
        future.result(30)
    stop.set()

    with inside(team):
        truth = {
            str(vendor.public_id): "delete" if vendor.archived_at else "upsert"
            for vendor in Vendor.objects.all()
        }
    assert following.result(30) == truth
    assert Counter(truth.values()) == {"upsert": 18, "delete": 12}


def test_another_organisations_changes_do_not_exist(team: Team, outsiders: Team, api: Api) -> None:
    with inside(outsiders):
        make_vendor(outsiders.organization)

    assert ask(api)["results"] == []
    with inside(team):
        assert Change.objects.count() == 0


def test_types_follow_the_scopes_of_the_token(team: Team, api: Api) -> None:
    with inside(team):
        make_evidence(make_vendor(team.organization), "SVC3", {"level": 3})
    narrow = by_token(team, scopes=("vendors:read",))

    assert "evidence" in {row[0] for row in told(ask(api))}
    assert {row[0] for row in told(ask(narrow))} == {"vendor"}
    assert code(narrow.get("changes/?types=evidence")) == (403, "scope_missing")
    assert code(by_token(team, scopes=("audit:read",), role=Role.ADMIN).get("changes/")) == (
        403,
        "scope_missing",
    )
    assert problem(api.get("changes/?types=vendor,nonsense")) == (400, [("types", "unknown_type")])


def test_commercial_rows_are_told_to_those_who_may_read_them(team: Team, api: Api) -> None:
    with inside(team):
        vendor = make_vendor(team.organization)
        record = make_evidence(vendor, "SVC3", {"level": 3})
    begin = ask(api, "now")["cursor"]
    with inside(team):
        Evidence.objects.filter(pk=record.pk).update(confidentiality="commercial")
    viewer = by_session(team, Role.VIEWER)
    without = by_token(team, scopes=("read",))

    assert told(ask(viewer, begin, types="evidence")) == [("evidence", "delete")]
    assert told(ask(without, begin, types="evidence")) == [("evidence", "delete")]
    assert told(ask(api, begin, types="evidence")) == [("evidence", "upsert"), ("evidence", "delete")]


def test_calculation_tells_results_leaves_and_run(team: Team, api: Api) -> None:
    with inside(team):
        program = make_program(team.organization)
        vendors = [make_vendor(team.organization, name=name) for name in ("First", "Second")]
        scorecard = make_scorecard(program)
    begin = ask(api, "now")["cursor"]
    recompute.run(scorecard.pk, clock=lambda: NOW)
    first = ask(api, begin, types="result,leaves,run")
    with inside(team):
        make_evidence(vendors[0], "SVC3", {"level": 5})
    recompute.run(scorecard.pk, clock=lambda: NOW)
    second = ask(api, first["cursor"], types="result,leaves")

    assert Counter(told(first)) == {("result", "upsert"): 2, ("leaves", "upsert"): 2, ("run", "upsert"): 1}
    assert {row["scorecard_id"] for row in first["results"]} == {str(scorecard.public_id)}
    assert Counter(told(second))["leaves", "upsert"] == 1


def test_many_results_are_told_as_one_without_a_candidate(team: Team, api: Api) -> None:
    with inside(team):
        program = make_program(team.organization)
        for number in range(COLLAPSE_ABOVE + 1):
            make_vendor(team.organization, name=str(number))
        scorecard = make_scorecard(program)
    begin = ask(api, "now")["cursor"]
    recompute.run(scorecard.pk, clock=lambda: NOW)
    body = ask(api, begin, types="result")
    with inside(team):
        Result.objects.filter(scorecard=scorecard).delete()
        ResultCells.objects.filter(scorecard=scorecard).delete()

    assert told(body, "type", "op", "id", "scorecard_id") == [
        ("result", "upsert", None, str(scorecard.public_id))
    ]
    assert told(ask(api, body["cursor"], types="result"), "op", "id") == [("upsert", None)]


def test_cursor_that_is_too_old_or_from_elsewhere_asks_to_reload(
    team: Team, api: Api, monkeypatch: Any
) -> None:
    cursor = ask(api, "now")["cursor"]
    with owner_connection(), connection.cursor() as cur:
        cur.execute("SELECT 1")
    monkeypatch.setattr("cdmo_eval.core.changes.KEPT", -NOW.resolution)
    old = api.get(f"changes/?after={cursor}")
    monkeypatch.undo()
    monkeypatch.setattr("cdmo_eval.core.changes._horizon", lambda: ("another server", 10**12))
    elsewhere = api.get(f"changes/?after={cursor}")

    assert code(old) == (410, "reload")
    assert code(elsewhere) == (410, "reload")
    assert problem(api.get("changes/?after=nonsense")) == (400, [("after", "invalid")])


def test_old_changes_go_and_newer_ones_stay(team: Team, api: Api) -> None:
    with inside(team):
        make_vendor(team.organization, name="old")
    with owner_connection(), connection.cursor() as cursor:
        cursor.execute("UPDATE core_change SET at = at - interval '92 days'")
    with inside(team):
        make_vendor(team.organization, name="new")

    assert forget_old_changes() == 1
    assert len(ask(api)["results"]) == 1
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT guard.forget_changes(0)")


@pytest.mark.parametrize(
    "sql", ["DELETE FROM core_change", "UPDATE core_change SET op = 'upsert'", "TRUNCATE core_change"]
)
def test_feed_cannot_be_falsified_by_the_app(team: Team, sql: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), inside(team):
        connection.cursor().execute(sql)


def test_every_type_on_the_feed_says_how_it_is_read(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT substring(prosrc FROM $$organization_id, '([a-z_]+)'$$) FROM pg_proc WHERE proname LIKE 'feed\\_%'"
        )
        installed = {name for (name,) in cursor.fetchall()}

    assert installed == set(feed_types())
