"""List screens and other names on the page of dealings."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import NOW, Team
from tests.integration.vendors_pages.conftest import signed_in
from vendors import duties
from vendors.models import ListScreen, RecordMatch, Vendor, VendorAlias
from vendors.services.looking import MATCH_TASK

pytestmark = pytest.mark.django_db
SCREEN = {
    "list_name": "1260H",
    "list_version": "2026-01",
    "source": "https://example.org/list",
    "read_on": "2026-06-01",
    "screened_on": "2026-06-02",
    "result": "pass",
}


def post(client: Client, page: str, row: Any, /, **data: Any) -> Any:
    """Send a form whose address takes one row."""
    return client.post(reverse(f"vendors:{page}", args=[row.public_id]), data)


def test_a_screen_is_recorded_with_its_source_and_stands_on_the_page(client: Client, vendor: Vendor) -> None:
    answer = post(client, "screen_add", vendor, **SCREEN)

    screen = ListScreen.objects.get()
    shown = client.get(reverse("vendors:dealings", args=[vendor.public_id])).content.decode()
    assert (answer.status_code, screen.result, screen.source) == (302, "pass", "https://example.org/list")
    assert "Section 1260H list" in shown
    assert "Not legal advice." in shown


def test_a_match_without_its_party_is_refused_at_the_field(client: Client, vendor: Vendor) -> None:
    answer = post(client, "screen_add", vendor, **SCREEN | {"result": "fail"})

    assert answer.status_code == 400
    assert "A match names the matched party." in answer.content.decode()
    assert ListScreen.objects.count() == 0


def test_a_screen_is_retracted_with_its_reason_and_stays(client: Client, vendor: Vendor) -> None:
    post(client, "screen_add", vendor, **SCREEN)
    screen = ListScreen.objects.get()

    answer = post(client, "screen_retract", screen, reason="wrong vendor")

    screen.refresh_from_db()
    assert (answer.status_code, screen.retraction_reason) == (302, "wrong vendor")


def test_a_new_name_asks_for_a_look_that_finds_the_records_of_that_name(
    client: Client, vendor: Vendor, in_team: Team
) -> None:
    make.make_inspection(
        in_team.organization, fei="", event_on=NOW.date(), kind="WARNING_LETTER", classification="",
        firm="Larkfield Sterile GmbH", country="", scope="CGMP",
    )  # fmt: skip

    answer = post(client, "alias_add", vendor, name="Larkfield Sterile", note="name until 2024")
    asked = {hook.content for _, hook, *_ in connection.run_on_commit if hasattr(hook, "content")}
    looked = duties.look_for_records(organization_id=in_team.organization.pk, now=NOW)

    assert ((in_team.organization.pk, MATCH_TASK) in asked, looked) == (True, True)
    match = RecordMatch.objects.get()
    assert (answer.status_code, match.site.vendor_id, match.proposed) == (302, vendor.pk, True)


def test_a_name_is_archived(client: Client, vendor: Vendor) -> None:
    post(client, "alias_add", vendor, name="Larkfield")
    alias = VendorAlias.objects.get(name="Larkfield")

    answer = post(client, "alias_archive", alias)

    alias.refresh_from_db()
    assert (answer.status_code, alias.archived_at is not None) == (302, True)


def test_a_viewer_may_neither_screen_nor_name(vendor: Vendor, in_team: Team) -> None:
    viewer = signed_in(in_team, Role.VIEWER)

    assert post(viewer, "screen_add", vendor, **SCREEN).status_code == 403
    assert post(viewer, "alias_add", vendor, name="X").status_code == 403
