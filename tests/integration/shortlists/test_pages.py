"""Shortlists, decisions and signatures in the browser."""

import base64
import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.models import AuditEvent, RefusedSignature, Signature
from cdmo_eval.core.roles import Role
from scorecards.duties import seal_audit
from scorecards.models import Shortlist, ShortlistItem
from tests.factories.core import PASSWORD
from tests.integration.api.calls import by_session
from tests.integration.scorecards_api.conftest import Ranked, clock
from tests.integration.shortlists.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def browser(desk: Desk | Ranked, role: Role) -> Client:
    return by_session(desk.team, role).client


def test_a_shortlist_comes_from_the_ranking(ranked: Ranked) -> None:
    client = browser(ranked, Role.PROCUREMENT)
    scorecard, picked = (
        str(ranked.scorecard.public_id),
        [str(ranked.candidates[name].public_id) for name in ("Birch", "Alder")],
    )
    board = client.get(reverse("scorecards:ranking", args=[scorecard])).content.decode()

    offered = client.get("/shortlists/new/", {"scorecard": scorecard, "c": picked}).content.decode()
    nameless = client.post("/shortlists/new/", {"scorecard": scorecard, "c": picked})
    made = client.post("/shortlists/new/", {"scorecard": scorecard, "c": picked, "name": "Second source"})
    shown = client.get(made["Location"]).content.decode()

    assert 'formaction="/shortlists/new/"' in board
    assert offered.count("checked") == 2
    assert (nameless.status_code, "A shortlist needs a name." in nameless.content.decode()) == (400, True)
    assert made.status_code == 303
    assert shown.index("Alder") < shown.index("Birch")
    assert "Second source" in client.get("/shortlists/").content.decode()


def test_a_shortlist_comes_from_the_directory_and_grows(ranked: Ranked) -> None:
    client = browser(ranked, Role.PROCUREMENT)
    vendor = str(ranked.candidates["Cedar"].vendor.public_id)
    which = client.get("/shortlists/new/", {"v": vendor}).content.decode()
    scorecard = str(ranked.scorecard.public_id)
    first = client.post("/shortlists/new/", {"scorecard": scorecard, "name": "A", "c": []})
    into = first["Location"].strip("/").split("/")[-1]
    offered = client.get("/shortlists/new/", {"scorecard": scorecard, "v": vendor}).content.decode()
    added = client.post(
        "/shortlists/new/",
        {"scorecard": scorecard, "into": into, "c": [str(ranked.candidates["Cedar"].public_id)]},
    )

    assert (scorecard in which, offered.count("checked")) == (True, 1)
    assert added["Location"] == first["Location"]
    assert "Cedar" in client.get(first["Location"]).content.decode()


def test_candidates_are_ordered_decided_and_talked_about(desk: Desk) -> None:
    client = browser(desk, Role.PROCUREMENT)
    with desk.scope():
        cedar, alder = desk.item("Cedar"), desk.item("Alder")
    entry = f"{desk.page}candidates/{cedar.public_id}/"

    up = client.post(entry, {"act": "up"})
    without = client.post(
        entry, {"act": "decide", "decision": "drop", "reason": "", "version": cedar.version + 1}
    )
    dropped = client.post(
        entry, {"act": "decide", "decision": "drop", "reason": "Too small", "version": cedar.version + 1}
    )
    chosen = client.post(
        f"{desk.page}candidates/{alder.public_id}/",
        {"act": "decide", "decision": "hold", "reason": "x", "version": alder.version},
    )
    said = client.post(
        f"{desk.page}comments/",
        {"kind": "dissent", "about": str(cedar.candidate.public_id), "text": "I would keep it."},
    )
    shown = client.get(desk.page).content.decode()

    assert (
        up.status_code,
        without.status_code,
        dropped.status_code,
        chosen.status_code,
        said.status_code,
    ) == (303, 400, 303, 409, 303)
    with desk.scope():
        rows = ShortlistItem.objects.filter(archived_at__isnull=True).order_by("position")
        assert [(row.candidate.vendor.name, row.decision) for row in rows] == [
            ("Alder", "keep"), ("Cedar", "drop"), ("Birch", "keep"),
        ]  # fmt: skip
    assert "Dropped: Too small" in shown
    assert "I would keep it." in shown
    assert "Dropping a candidate needs a reason." in without.content.decode()


def test_the_decision_page_answers_chooses_and_signs(desk: Desk) -> None:
    client, page = browser(desk, Role.PROCUREMENT), f"{desk.page}decision/"
    before = client.get(page).content.decode()
    blocked = client.get(f"{page}sign/authored/").content.decode()
    declared = client.post(f"{desk.page}interests/", {"conflict": "yes", "text": "Shares in Cedar."})
    wrong = client.post(f"{page}sign/authored/", {"password": "wrong"})
    signed = client.post(f"{page}sign/authored/", {"password": PASSWORD})
    after = client.get(page).content.decode()
    refused = client.post(f"{page}choice/", {"primary": "", "backup": "", "reason": "x", "version": 3})

    assert "Alder is chosen, with Birch as backup." in before
    assert "Declare your interests" in blocked
    assert (declared.status_code, wrong.status_code, signed.status_code, refused.status_code) == (
        303,
        403,
        303,
        409,
    )
    assert "The password or the code is not right." in wrong.content.decode()
    assert "Procurement of Alpha" in after
    assert "Shares in Cedar." in after
    assert "Early screen, not for award." in after
    with desk.scope():
        assert Signature.objects.get().declaration == "Shares in Cedar."
        assert [row.reason for row in RefusedSignature.objects.all()] == ["password"]
        assert AuditEvent.objects.filter(table_name="core_refusedsignature").count() == 1
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_leaving_the_signing_page_signs_nothing(desk: Desk) -> None:
    desk.declare(Role.PROCUREMENT)
    shown = browser(desk, Role.PROCUREMENT).get(f"{desk.page}decision/sign/authored/").content.decode()
    new = (
        browser(desk, Role.PROCUREMENT)
        .get("/shortlists/new/", {"scorecard": str(desk.ranked.scorecard.public_id)})
        .content.decode()
    )

    assert f'<a class="btn quiet" href="{desk.page}decision/">Do not sign</a>' in shown
    assert '<a class="btn quiet" href="/shortlists/">Cancel</a>' in new


def test_wrong_passwords_lock_out_of_signing_and_signing_in(desk: Desk) -> None:
    desk.declare(Role.PROCUREMENT)
    client, page = browser(desk, Role.PROCUREMENT), f"{desk.page}decision/sign/authored/"
    limit = django_settings.AXES_FAILURE_LIMIT

    guesses = [client.post(page, {"password": f"wrong {number}"}).status_code for number in range(limit)]
    right = client.post(page, {"password": PASSWORD})
    sign_in = Client().post(
        "/accounts/login/", {"login": desk.team.members[Role.PROCUREMENT].email, "password": PASSWORD}
    )
    other = Client().post(
        "/accounts/login/", {"login": desk.team.members[Role.MANAGER].email, "password": PASSWORD}
    )

    assert guesses[: limit - 1] == [403] * (limit - 1)
    assert (right.status_code, "Too many wrong passwords" in right.content.decode()) == (429, True)
    assert sign_in.status_code in {403, 429}
    assert other.status_code == 302
    with desk.scope():
        assert not Signature.objects.exists()


def test_a_second_factor_is_asked_for_once_enrolled(desk: Desk) -> None:
    desk.declare(Role.PROCUREMENT)
    secret = base64.b32encode(b"12345678901234567890").decode()
    TOTP.activate(desk.team.members[Role.PROCUREMENT], secret)
    client, page = browser(desk, Role.PROCUREMENT), f"{desk.page}decision/sign/authored/"

    form = client.get(page).content.decode()
    alone = client.post(page, {"password": PASSWORD})
    wrong = client.post(page, {"password": PASSWORD, "code": "000000"})
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    signed = client.post(page, {"password": PASSWORD, "code": code})

    assert "one-time-code" in form
    assert (alone.status_code, wrong.status_code, signed.status_code) == (403, 403, 303)
    with desk.scope():
        assert Signature.objects.get().proof == "password_totp"
        assert [row.reason for row in RefusedSignature.objects.order_by("id")] == ["code", "code"]


def test_a_new_edition_keeps_the_signed_one_to_read(desk: Desk) -> None:
    desk.author()
    client, page = browser(desk, Role.PROCUREMENT), f"{desk.page}decision/"

    begun = client.post(f"{page}new-edition/", {"reason": "Birch was inspected."})
    open_page, old = client.get(page).content.decode(), client.get(f"{page}?edition=1").content.decode()
    missing = client.get(f"{page}?edition=7")

    assert begun.status_code == 303
    assert "edition 2, open" in open_page
    assert "Superseded" in old
    assert missing.status_code == 404


def test_pairs_are_ranked_on_a_page(desk: Desk) -> None:
    page = reverse("scorecards:pairs", args=[desk.ranked.scorecard.public_id])

    shown = browser(desk, Role.VIEWER).get(page).content.decode()

    assert "is the best pair" in shown
    assert "Same country: DE" in shown
    assert "Perhaps the same owner" in shown


def test_frozen_page_lists_the_signatures(desk: Desk) -> None:
    desk.author()
    with desk.scope():
        frozen = Shortlist.objects.get().decisions.get().snapshot
    page = reverse("scorecards:frozen", args=[desk.ranked.scorecard.public_id, frozen.public_id])

    shown = browser(desk, Role.VIEWER).get(f"{page}?check=1").content.decode()

    assert "Nothing was changed, and every figure follows from the frozen cells." in shown
    assert "Procurement of Alpha" in shown


def test_audit_page_shows_the_sealed_head_and_administrators_get_it(desk: Desk) -> None:
    sealed = seal_audit(clock=clock)

    shown = browser(desk, Role.ADMIN).get("/audit/").content.decode()

    assert sealed > 0
    assert f"{sealed}:" in shown
    assert [message.to for message in mail.outbox] == [["admin@alpha.example"]]


def test_archived_shortlists_leave_the_list(desk: Desk) -> None:
    client = browser(desk, Role.MANAGER)

    renamed = client.post(f"{desk.page}details/", {"name": "Third source", "purpose": "x"})
    gone = client.post(f"{desk.page}archive/")

    assert (renamed.status_code, gone.status_code, client.get(desk.page).status_code) == (303, 303, 404)
    assert "No vendor" not in client.get("/shortlists/").content.decode()
