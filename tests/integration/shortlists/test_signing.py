"""Signing a decision: order, separation of duties, what is frozen, and what comes after."""

import json
from collections import Counter
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cdmo_eval.core.errors import Conflict, DomainError, Invalid, PermissionDenied
from cdmo_eval.core.models import AuditEvent, Event, Signature
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from scorecards.models import Shortlist, ShortlistDecision, Snapshot, SnapshotContent
from scorecards.selectors.decisions import decision_of
from scorecards.services.decisions import sign_decision, supersede_decision
from scorecards.services.shortlists import (
    add_to_shortlist,
    archive_shortlist,
    change_shortlist,
    decide_item,
    move_item,
    remark,
    remove_item,
)
from scorecards.snapshots.decision import Decision
from scorecards.snapshots.document import DECIDED, file_of
from scorecards.snapshots.verification import verify_file, verify_stored
from tests.integration.scorecards_api.conftest import clock
from tests.integration.shortlists.conftest import Desk
from tests.support.threads import Beside, patiently
from vendors.models import Vendor

pytestmark = pytest.mark.django_db(transaction=True)


def refused(desk: Desk, meaning: str, role: Role, **fields: Any) -> str:
    """The code with which signing is refused."""
    with pytest.raises(DomainError) as caught:
        desk.sign(meaning, role, **fields)
    return caught.value.code


def content_of(desk: Desk) -> dict[str, Any]:
    with desk.scope():
        found: dict[str, Any] = json.loads(bytes(SnapshotContent.objects.latest("id").content))
        return found


def test_first_signature_freezes_the_decision_with_its_calculation(desk: Desk) -> None:
    digest = desk.author()
    content = content_of(desk)

    decision: Decision = content["decision"]
    assert (content["format"], verify_file(file_of(content)).differences) == (DECIDED, ())
    assert set(decision) == set(Decision.__annotations__)
    assert decision["answer"] == "Alder is chosen, with Birch as backup."
    assert [(one["name"], one["decision"], one["rank_when_added"], one["rank_now"]) for one in decision["shortlist"]["items"]] == [
        ("Alder", "keep", 1, 1), ("Birch", "keep", 2, 2), ("Cedar", "keep", 3, 3),
    ]  # fmt: skip
    assert [(step["step"], step["count"]) for step in decision["funnel"]] == [
        ("longlist", 3), ("must_haves", 3), ("evidence", 3), ("shortlist", 3), ("kept", 3), ("chosen", 2),
    ]  # fmt: skip
    assert decision["conflicts_of_interest"][0]["conflict"] is False
    assert decision["stage_note"] == "Early screen, not for award."
    with desk.scope():
        signature, snapshot = Signature.objects.get(), Snapshot.objects.latest("id")
        assert verify_stored(bytes(SnapshotContent.objects.latest("id").content), digest=digest).intact
    assert (signature.digest, signature.subject_id, signature.printed_name, signature.declaration) == (
        snapshot.digest, snapshot.public_id, "Procurement of Alpha", "None",
    )  # fmt: skip


def test_each_meaning_is_signed_once_by_another_person(award_desk: Desk) -> None:
    desk = award_desk
    digest = desk.author()
    desk.declare(Role.MANAGER, Role.QUALITY)

    desk.sign("quality_approved", Role.QUALITY, digest=digest)
    desk.sign("awarded", Role.MANAGER, digest=digest)

    with desk.scope():
        rows = list(Signature.objects.order_by("id").values_list("meaning", "role"))
        events = list(
            Event.objects.filter(type="shortlist.signed").order_by("id").values_list("data", flat=True)
        )
    assert rows == [("authored", "procurement"), ("quality_approved", "quality"), ("awarded", "manager")]
    assert [(event["meaning"], event["complete"]) for event in events] == [
        ("authored", False), ("quality_approved", False), ("awarded", True),
    ]  # fmt: skip
    assert refused(desk, "reviewed", Role.MANAGER, digest=digest) == "signed_by_you"
    assert refused(desk, "awarded", Role.MANAGER, digest=digest) == "signed"


def test_order_and_stage_of_meanings(desk: Desk) -> None:
    desk.declare(Role.MANAGER, Role.QUALITY)

    assert refused(desk, "reviewed", Role.MANAGER) == "not_authored"
    digest = desk.author()
    desk.sign("quality_approved", Role.QUALITY, digest=digest)
    assert refused(desk, "awarded", Role.MANAGER, digest=digest) == "stage"
    assert refused(desk, "authored", Role.MANAGER) == "signed"


def test_an_award_waits_for_quality(award_desk: Desk) -> None:
    digest = award_desk.author()
    award_desk.declare(Role.MANAGER)

    assert refused(award_desk, "awarded", Role.MANAGER, digest=digest) == "not_approved"


def test_only_quality_approves_and_only_people_sign(desk: Desk) -> None:
    digest = desk.author()
    desk.declare(Role.MANAGER)
    manager = desk.team.actor()
    program = Actor(
        manager.organization, manager.role, "a program", manager.user, frozenset({"scores:write"})
    )

    assert refused(desk, "quality_approved", Role.MANAGER, digest=digest) == "permission_denied"
    assert refused(desk, "reviewed", Role.VIEWER, digest=digest) == "permission_denied"
    with pytest.raises(PermissionDenied) as caught:
        desk.sign("reviewed", Role.MANAGER, digest=digest, by=program)
    assert caught.value.code == "session_required"


def test_nobody_signs_without_a_declaration(desk: Desk) -> None:
    assert refused(desk, "authored", Role.PROCUREMENT) == "declaration_missing"


def test_author_does_not_approve_and_owner_does_not_award(award_desk: Desk) -> None:
    """Procurement owns the shortlist and the manager signs as author: procurement cannot award."""
    desk = award_desk
    desk.declare(Role.MANAGER, Role.QUALITY, Role.PROCUREMENT)
    digest = desk.sign("authored", Role.MANAGER).digest
    desk.sign("quality_approved", Role.QUALITY, digest=digest)

    assert refused(desk, "awarded", Role.MANAGER, digest=digest) == "signed_by_you"
    assert refused(desk, "awarded", Role.PROCUREMENT, digest=digest) == "own_request"


def test_owner_of_the_weights_is_never_the_only_signer(desk: Desk) -> None:
    """The manager set the weights. A second person who did so too cannot complete what the first one signed."""
    desk.declare(Role.MANAGER, Role.QUALITY)
    digest = desk.sign("authored", Role.MANAGER).digest
    with desk.scope():
        data = Event.objects.filter(type="shortlist.signed").latest("id").data
    desk.sign("reviewed", Role.QUALITY, digest=digest)
    with desk.scope():
        later = Event.objects.filter(type="shortlist.signed").latest("id").data

    assert (data["complete"], later["complete"]) == (False, True)


def test_somebody_who_read_another_document_cannot_sign(desk: Desk) -> None:
    desk.author()
    desk.declare(Role.MANAGER)

    assert refused(desk, "reviewed", Role.MANAGER, digest="0" * 64) == "other_document"


@pytest.mark.parametrize("fields", [{"reason": ""}])
def test_a_decision_without_a_reason_is_not_signed(desk: Desk, fields: dict[str, Any]) -> None:
    with desk.scope():
        change_shortlist(
            shortlist=desk.shortlist,
            expected_version=None,
            by=desk.team.actor(Role.PROCUREMENT),
            now=clock(),
            **fields,
        )
    desk.declare(Role.PROCUREMENT)

    with pytest.raises(Invalid) as caught:
        desk.sign("authored", Role.PROCUREMENT)
    assert [(error.field, error.code) for error in caught.value.errors] == [("reason", "required")]


def test_an_award_needs_a_choice(award_desk: Desk) -> None:
    with award_desk.scope():
        change_shortlist(
            shortlist=award_desk.shortlist, expected_version=None, primary=None, backup=None, by=award_desk.team.actor(Role.PROCUREMENT), now=clock()
        )  # fmt: skip
    award_desk.declare(Role.PROCUREMENT)

    with pytest.raises(Invalid) as caught:
        award_desk.sign("authored", Role.PROCUREMENT)
    assert [error.field for error in caught.value.errors] == ["primary"]


def test_what_is_signed_is_read_only(desk: Desk) -> None:
    desk.author()
    by, now = desk.team.actor(Role.PROCUREMENT), clock()
    with desk.scope():
        row, item = desk.shortlist, desk.item("Cedar")
        acts: list[Any] = [
            lambda: change_shortlist(shortlist=row, expected_version=None, name="Other", by=by, now=now),
            lambda: add_to_shortlist(shortlist=row, candidates=[], by=by, now=now),
            lambda: decide_item(
                item=item, expected_version=None, decision="drop", reason="No", by=by, now=now
            ),
            lambda: move_item(item=item, position=1, by=by, now=now),
            lambda: remove_item(item=item, reason="A slip", by=by, now=now),
            lambda: remark(shortlist=row, text="No", kind="dissent", by=by, now=now),
        ]
        codes = []
        for act in acts:
            with pytest.raises(Conflict) as caught, transaction.atomic():
                act()
            codes.append(caught.value.code)
        said = remark(shortlist=row, text="Sent to the vendor.", by=by, now=now)

    assert codes == ["signed"] * 6
    assert said.text == "Sent to the vendor."


def test_a_new_edition_supersedes_what_was_signed(desk: Desk) -> None:
    digest = desk.author()
    by, now = desk.team.actor(Role.PROCUREMENT), clock()
    with desk.scope():
        changed = supersede_decision(shortlist=desk.shortlist, reason="Birch was inspected.", by=by, now=now)
        change_shortlist(shortlist=changed, expected_version=None, reason="Birch is better.", by=by, now=now)
    again = desk.sign("authored", Role.PROCUREMENT).digest
    with desk.scope():
        editions = list(
            ShortlistDecision.objects.order_by("edition").values_list("edition", "superseded_reason")
        )
        event = Event.objects.get(type="snapshot.superseded")
        signatures = Counter(Signature.objects.values_list("meaning", flat=True))

    assert editions == [(1, "Birch was inspected."), (2, "")]
    assert (event.data["digest"], event.data["reason"]) == (digest, "Birch was inspected.")
    assert (again != digest, signatures) == (True, {"authored": 2})


def test_an_edit_of_the_facts_does_not_change_what_was_signed(desk: Desk) -> None:
    digest = desk.author()
    before = content_of(desk)
    with desk.scope(Role.MANAGER):
        Vendor.objects.filter(name="Alder").update(name="Renamed")
    with desk.scope():
        Shortlist.objects.update(name="Other")

    assert content_of(desk) == before
    assert verify_file(file_of(before)).digest == digest


def test_a_changed_decision_says_what_was_changed(desk: Desk) -> None:
    desk.author()
    content = content_of(desk)
    document = json.loads(file_of(content))
    document["content"]["decision"]["answer"] = "Cedar is chosen."
    document["content"]["decision"]["shortlist"]["items"][0]["rank_now"] = 9
    document["content"]["decision"]["pair"][0]["score"] = "99.00"

    found = {difference.path for difference in verify_file(json.dumps(document).encode()).differences}

    assert {
        "digest", "decision.answer", "decision.shortlist", "decision.shortlist.items[0].rank_now", "decision.pair[0].score",
    } <= found  # fmt: skip


def test_signing_needs_a_fresh_calculation(desk: Desk) -> None:
    desk.declare(Role.PROCUREMENT)
    with desk.scope(Role.MANAGER):
        type(desk.ranked.scorecard).objects.filter(pk=desk.ranked.scorecard.pk).update(policy="conservative")

    assert refused(desk, "authored", Role.PROCUREMENT) == "not_fresh"


@pytest.mark.parametrize(
    "sql", ["UPDATE core_signature SET printed_name = 'x'", "DELETE FROM core_signature"]
)
def test_signatures_cannot_be_changed_or_taken_back(desk: Desk, sql: str) -> None:
    desk.author()
    with pytest.raises(DatabaseError, match="permission denied"), desk.scope(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_every_signature_is_in_the_audit_trail(desk: Desk) -> None:
    desk.author()
    with desk.scope():
        event = AuditEvent.objects.get(table_name="core_signature")

    assert (event.op, event.actor_name, event.new["meaning"]) == ("I", "Procurement of Alpha", "authored")


def test_eight_signatures_at_once_give_one_of_each_meaning(desk: Desk, beside: Beside) -> None:
    """Two people sign four times each at the same moment, with the document they have read."""
    digest = desk.author()
    desk.declare(Role.MANAGER, Role.QUALITY)

    def attempt(meaning: str, role: Role) -> str:
        try:
            return str(patiently(lambda: desk.sign(meaning, role, digest=digest)).meaning)
        except DomainError as error:
            return error.code

    pairs = [("reviewed", Role.MANAGER), ("quality_approved", Role.QUALITY)] * 4
    futures = [beside.start(lambda pair=pair: attempt(*pair)) for pair in pairs]  # type: ignore[misc]
    outcomes = Counter(future.result(120) for future in futures)

    assert outcomes == {"reviewed": 1, "quality_approved": 1, "signed": 6}


def test_decision_says_what_is_open_and_withholds_what_is_commercial(desk: Desk) -> None:
    with desk.scope():
        seen = decision_of(desk.shortlist_row(), as_of=clock().date(), commercial=True)
        hidden = decision_of(desk.shortlist_row(), as_of=clock().date(), commercial=False)

    kinds = {risk["kind"] for risk in seen["open_risks"]}
    assert {"must_have", "unknown"} <= kinds
    assert {risk["name"] for risk in seen["open_risks"]} == {"Alder", "Birch"}
    assert len(hidden["open_risks"]) == len(seen["open_risks"])


def test_an_archived_shortlist_is_not_signed(desk: Desk) -> None:
    with desk.scope():
        archive_shortlist(
            shortlist=desk.shortlist, expected_version=None, by=desk.team.actor(Role.PROCUREMENT), now=clock()
        )
        with pytest.raises(DomainError) as caught:
            sign_decision(
                shortlist=desk.shortlist, meaning="authored", digest="", proof="password", by=desk.team.actor(Role.PROCUREMENT), now=clock()
            )  # fmt: skip

    assert caught.value.status in {404, 409}
