"""A member's own file, by page and by REST: checked, loaded, discarded, undone."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_token, code, problem
from tests.support.shared_data import SAMPLES
from vendors.models import UploadedLoad, UploadedRecord, Vendor

pytestmark = pytest.mark.django_db
INSPECTIONS = (SAMPLES / "fda_inspections_native.csv").read_bytes()
ACTIONS = (SAMPLES / "fda_compliance_actions.csv").read_bytes()
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    """Uploaded bytes lie in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "files"


def signed_in(team: Team, role: Role = Role.MANAGER) -> Client:
    """A member's browser."""
    client = Client()
    client.force_login(team.members[role], backend=BACKEND)
    return client


def sent(content: bytes = INSPECTIONS, name: str = "inspections.csv") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, content)


def check(client: Client, **given: Any) -> HttpResponse:
    """Send the form of the page."""
    return client.post(reverse("vendors:import_add"), {"kind": "fda_inspections", "file": sent(), **given})


def upload(api: Api, content: bytes = INSPECTIONS, **given: Any) -> HttpResponse:
    """POST a file as a program does."""
    data = {"kind": "fda_inspections", "file": sent(content), **given}
    return api.client.post("/api/v1/imports/", data, headers={"Authorization": f"Bearer {api.token}"})


def inside(team: Team) -> tuple[int, int]:
    """Records that count, and all that are kept."""
    with organization_scope(team.organization.pk, team.actor()):
        return UploadedRecord.objects.active().count(), UploadedRecord.objects.count()


def newest(team: Team) -> UploadedLoad:
    """The newest load."""
    with organization_scope(team.organization.pk, team.actor()):
        load: UploadedLoad = UploadedLoad.objects.order_by("-id")[0]
        return load


def test_page_checks_loads_and_undoes_a_file(team: Team) -> None:
    client = signed_in(team, Role.QUALITY)

    checked = check(client, read_on="2026-06-30")
    load = newest(team)
    page = client.get(checked["Location"])
    assert (load.state, load.counts["new"], inside(team)) == ("checked", 37 - load.counts["repeated"], (0, 0))
    assert b"nothing of it is loaded yet" in page.content

    loaded = client.post(reverse("vendors:import_commit", args=[load.public_id]), follow=True)
    assert (loaded.status_code, newest(team).state, inside(team)) == (
        200,
        "loaded",
        (load.counts["new"],) * 2,
    )
    assert newest(team).read_on.isoformat() == "2026-06-30"

    undone = client.post(reverse("vendors:import_undo", args=[load.public_id]), {"reason": "wrong file"})
    assert (undone["Location"], newest(team).state) == (checked["Location"], "undone")
    assert inside(team) == (0, load.counts["new"])
    assert b"wrong file" in client.get(checked["Location"]).content


def test_page_says_what_is_wrong_with_a_file(team: Team) -> None:
    client = signed_in(team)

    answers = [
        check(client, file=sent(ACTIONS)),
        check(client, file=sent(b"%PDF-1.7 nothing")),
        check(client, kind="gossip"),
        check(client, file=sent(b"")),
        check(client, mapping="no equals sign"),
    ]

    assert [answer.status_code for answer in answers] == [400] * 5
    assert b"This is not a file of the kind FDA inspections" in answers[0].content
    with organization_scope(team.organization.pk, team.actor()):
        assert UploadedLoad.objects.count() == 0


def test_discarded_file_leaves_nothing_but_its_line(team: Team, settings: Any) -> None:
    client = signed_in(team)
    check(client)

    client.post(reverse("vendors:import_discard", args=[newest(team).public_id]))

    assert (newest(team).state, inside(team)) == ("discarded", (0, 0))
    again = client.post(reverse("vendors:import_commit", args=[newest(team).public_id]))
    assert again.status_code == 409


def test_rejected_rows_can_be_downloaded_without_formulas(team: Team) -> None:
    client = signed_in(team)
    bad = INSPECTIONS.rstrip(b"\n") + b"\n=cmd(),Firm,-,-,-,-,2026,1,No,07/14/2025,OAI,-,Drugs,-,-\n"
    check(client, file=sent(bad))

    answer = client.get(reverse("vendors:import_rejected", args=[newest(team).public_id]))

    header, row = csv.reader(io.StringIO(answer.content.decode()))
    assert (header[:3], row[0], row[1], row[3]) == (
        ["row", "column", "reason"],
        "39",
        "FEI Number",
        "'=cmd()",
    )
    assert answer["Content-Disposition"] == 'attachment; filename="rejected-rows.csv"'


def test_file_of_vendors_goes_the_same_way(team: Team) -> None:
    client = signed_in(team)
    table = sent(b"company,vendor.integration,remark\nAlder,CDMO,x\n", "vendors.csv")
    check(client, kind="vendors", file=table, mapping="company=vendor.name", only_mapped="on")
    load = newest(team)
    assert load.counts["new"] == 1

    client.post(reverse("vendors:import_commit", args=[load.public_id]))

    with organization_scope(team.organization.pk, team.actor()):
        assert Vendor.objects.get().integration == "CDMO"
    client.post(reverse("vendors:import_undo", args=[load.public_id]), {"reason": "oops"})
    with organization_scope(team.organization.pk, team.actor()):
        assert (newest(team).state, Vendor.objects.active().count()) == ("undone", 0)


def test_quality_brings_no_vendors(team: Team) -> None:
    api = by_token(team, Role.QUALITY)

    answer = upload(api, b"vendor.name\nAlder\n", kind="vendors")

    assert code(answer)[0] == 403


def test_program_checks_loads_and_undoes_a_file(team: Team, outsiders: Team) -> None:
    api = by_token(team)
    created = upload(api, read_on="2026-06-30")
    body = created.json()
    assert (created.status_code, body["state"], body["number"], inside(team)) == (
        201,
        "checked",
        None,
        (0, 0),
    )

    loaded = api.post(f"imports/{body['id']}/commit/").json()
    assert (loaded["state"], loaded["number"], loaded["counts"]["new"]) == ("loaded", 1, inside(team)[0])
    assert code(api.post(f"imports/{body['id']}/commit/")) == (409, "loaded")
    assert problem(api.post(f"imports/{body['id']}/undo/")) == (400, [("reason", "required")])
    assert api.post(f"imports/{body['id']}/undo/", {"reason": "wrong"}).json()["state"] == "undone"
    assert api.get(f"imports/{body['id']}/rejected/").json()["results"] == []
    assert by_token(outsiders).get(f"imports/{body['id']}/").status_code == 404


def test_two_checks_of_one_file_load_it_once(team: Team) -> None:
    api = by_token(team)
    first, second = (upload(api).json()["id"] for _ in range(2))
    api.post(f"imports/{first}/commit/")

    again = api.post(f"imports/{second}/commit/").json()

    assert (again["counts"]["new"], again["counts"]["unchanged"]) == (0, inside(team)[0])
    assert code(api.post(f"imports/{first}/undo/", {"reason": "x"})) == (409, "built_upon")


@pytest.mark.parametrize("damage", [b"", b"\x00\xff\xfe", INSPECTIONS[:-300] + b'"', b"PK\x03\x04junk"])
def test_program_is_told_what_is_wrong_with_a_file(team: Team, damage: bytes) -> None:
    status, errors = problem(upload(by_token(team), damage))

    assert (status, [field for field, _ in errors]) == (400, ["file"])


def loads(team: Team, count: int) -> None:
    """So many loads."""
    with organization_scope(team.organization.pk, team.actor()):
        for _ in range(count):
            UploadedLoad.objects.create(
                organization=team.organization, kind="fda_inspections", file_name="a.csv", state="checked",
                read_on="2026-06-30", counts={"read": 1},
            )  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_three_files_as_for_one(team: Team, count: int) -> None:
    loads(team, count)
    client, api = signed_in(team), by_token(team)
    client.get(reverse("vendors:imports"))
    api.get("imports/")

    with CaptureQueriesContext(connection) as of_page:
        client.get(reverse("vendors:imports"))
    with CaptureQueriesContext(connection) as of_api:
        api.get("imports/")
    with CaptureQueriesContext(connection) as of_public:
        api.get("public-loads/")

    # session, user, memberships, savepoint, scope before, scope set, count, rows, public rows, scope restored, released
    assert len(of_page) == 11
    # by token 7; count, rows
    assert len(of_api) == 9
    # by token 7; count (none: no rows are asked for)
    assert len(of_public) == 8
