"""The wizard, by page and by REST: columns matched, errors mended by group, a preview, the valid rows, one undo."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from tests.integration.api.calls import Api, by_token, code, problem
from tests.integration.imports.test_uploads import newest, signed_in
from vendors.models import Contact, Evidence, ExternalId, ImportMapping, Site, Vendor

pytestmark = pytest.mark.django_db
EVIDENCE = (
    b"Supplier,Criterion,Answer,Date,Grade\n"
    b"Aldergate Biologics,SVC3,3,20/5/26,C\n"
    b"Alder gate,SVC3,4,2026-05-20,C\n"
    b"Birch,SVC3,9,2026-05-20,C\n"
    b"Birch,SVC6,2,21/5/26,C\n"
)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    """Uploaded bytes lie in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def directory(team: Team) -> Team:
    """Two vendors, one with a site and a capability."""
    with organization_scope(team.organization.pk, team.actor()):
        vendor = make_vendor(team.organization, name="Aldergate Biologics", now=NOW)
        make_vendor(team.organization, name="Birch", now=NOW)
        make_capability(make_site(vendor, name="Ulm", now=NOW), gmp=True, now=NOW)
    return team


def upload(api: Api, content: bytes, *, kind: str, name: str = "file.csv", **given: Any) -> Any:
    """POST a file as a program does."""
    data = {"kind": kind, "file": SimpleUploadedFile(name, content), **given}
    return api.client.post("/api/v1/imports/", data, headers={"Authorization": f"Bearer {api.token}"})


def groups(body: dict[str, Any]) -> list[tuple[str, str, int]]:
    """The errors of a report: title, column and rows."""
    return [(group["title"], group["column"], group["rows"]) for group in body["report"]["groups"]]


def test_program_mends_evidence_and_takes_it_back(directory: Team) -> None:
    api = by_token(directory)

    body = upload(api, EVIDENCE, kind="evidence").json()
    assert [(column["name"], column["field"], column["how"]) for column in body["report"]["columns"]] == [
        ("Supplier", "vendor.name", "known"),
        ("Criterion", "evidence.target", "known"),
        ("Answer", "evidence.value", "known"),
        ("Date", "evidence.obtained_on", "known"),
        ("Grade", "evidence.grade", "known"),
    ]
    assert groups(body) == [
        ("Date not understood", "Date", 2),
        ("Value not allowed", "Answer", 1),
        ("Unknown vendor", "Supplier", 1),
    ]
    dates, _, vendors = body["report"]["groups"]
    assert (dates["expected"], dates["repairs"][0]) == (
        "2026-05-20",
        {"repair": "dates", "option": "dmy", "label": "Read as D/M/Y", "mends": 2},
    )
    assert vendors["values"] == [{"found": "Alder gate", "rows": 1, "suggestions": ["Aldergate Biologics"]}]
    assert code(api.post(f"imports/{body['id']}/commit/")) == (400, "import_refused")

    repairs = [
        {"repair": "dates", "field": "evidence.obtained_on", "code": "not_a_date", "option": "dmy"},
        {"repair": "replace", "field": "vendor.name", "values": {"Alder gate": "Aldergate Biologics"}},
        {"repair": "replace", "field": "evidence.value", "values": {"9": "5"}},
        {"repair": "keep", "field": "", "option": "last"},
    ]
    mended = api.patch(f"imports/{body['id']}/", {"repairs": repairs}).json()
    assert (groups(mended), mended["counts"]["ready"], mended["counts"]["new"]) == ([], 4, 3)
    assert [(one["name"], one["state"], one["values"]) for one in mended["report"]["preview"]] == [
        ("Aldergate Biologics", "new", [{"field": "SVC3", "old": "", "new": "level 4 of 5"}]),
        (
            "Birch",
            "new",
            [
                {"field": "SVC3", "old": "", "new": "level 5 of 5"},
                {"field": "SVC6", "old": "", "new": "level 2 of 5"},
            ],
        ),
    ]

    loaded = api.post(f"imports/{body['id']}/commit/").json()
    assert (loaded["state"], evidence(directory)) == ("loaded", 3)
    again = upload(api, EVIDENCE, kind="evidence", name="again.csv").json()
    again = api.patch(f"imports/{again['id']}/", {"repairs": repairs}).json()
    assert (again["counts"]["new"], again["counts"]["changed"], again["counts"]["unchanged"]) == (0, 0, 3)

    undone = api.post(f"imports/{body['id']}/undo/", {"reason": "wrong file"}).json()
    assert (undone["state"], evidence(directory)) == ("undone", 0)
    assert code(api.post(f"imports/{body['id']}/undo/", {"reason": "again"}))[0] == 409


def evidence(team: Team) -> int:
    """Live records of rubric levels."""
    with organization_scope(team.organization.pk, team.actor()):
        return Evidence.objects.live().filter(target__startswith="SVC").count()


def test_only_valid_rows_are_loaded_when_the_person_says_so(directory: Team) -> None:
    api = by_token(directory)
    body = upload(api, EVIDENCE, kind="evidence").json()
    assert (body["counts"]["read"], body["counts"]["ready"], body["counts"]["rejections"]) == (4, 0, 4)

    mended = api.patch(
        f"imports/{body['id']}/",
        {"repairs": [{"repair": "dates", "field": "evidence.obtained_on", "option": "dmy"}]},
    ).json()
    loaded = api.post(f"imports/{body['id']}/commit/", {"only_valid": True}).json()

    assert (mended["counts"]["ready"], loaded["state"], evidence(directory)) == (2, "loaded", 2)
    rejected = api.get(f"imports/{body['id']}/rejected/").json()["results"]
    assert [(row["row"], row["column"]) for row in rejected] == [(3, "Supplier"), (4, "Answer")]


def test_page_walks_through_the_steps(directory: Team) -> None:
    client = signed_in(directory)
    table = b"Firm,Person,E-mail,Remark\nBirch,A. Body,a@example.com,x\nElm,B. Body,b@example.com,y\n"
    checked = client.post(
        reverse("vendors:import_add"),
        {"kind": "contacts", "file": SimpleUploadedFile("people.csv", table)},
        follow=True,
    )
    load = newest(directory)
    assert (checked.status_code, b"The columns are not all matched" in checked.content) == (200, True)

    columns = {
        "column-0": "vendor.name",
        "column-1": "contact.name",
        "column-2": "contact.email",
        "column-3": "",
    }
    matched = client.post(reverse("vendors:import_columns", args=[load.public_id]), columns, follow=True)
    assert (b"Unknown vendor" in matched.content, newest(directory).counts["ready"]) == (True, 1)

    chosen = {
        "field-0": "vendor.name", "code-0": "unknown_vendor", "found-0-0": "Elm", "value-0-0": "=create",
        "other-0-0": "",
    }  # fmt: skip
    mended = client.post(reverse("vendors:import_repairs", args=[load.public_id]), chosen, follow=True)
    assert (b"Import 2 rows" in mended.content, b"made new" in mended.content) == (True, True)

    done = client.post(reverse("vendors:import_commit", args=[load.public_id]), follow=True)
    assert b"was loaded" in done.content
    with organization_scope(directory.organization.pk, directory.actor()):
        assert sorted(Contact.objects.active().values_list("vendor__name", "name")) == [
            ("Birch", "A. Body"),
            ("Elm", "B. Body"),
        ]
        assert ImportMapping.objects.get().mapping == {
            "Firm": "vendor.name",
            "Remark": "",
        }

    client.post(reverse("vendors:import_undo", args=[load.public_id]), {"reason": "mistake"})
    with organization_scope(directory.organization.pk, directory.actor()):
        assert (newest(directory).state, Contact.objects.active().count()) == ("undone", 0)
        assert Vendor.objects.get(name="Elm").archived_at is not None


def test_header_that_was_matched_before_is_matched_alike(directory: Team) -> None:
    api = by_token(directory)
    table = b"Firm,Person\nBirch,A. Body\n"
    body = upload(api, table, kind="contacts", mapping="Firm=vendor.name\nPerson=contact.name").json()
    api.post(f"imports/{body['id']}/commit/")

    later = upload(api, b"person,FIRM\nC. Body,Birch\n", kind="contacts").json()

    assert [(one["name"], one["field"], one["how"]) for one in later["report"]["columns"]] == [
        ("person", "contact.name", "saved"),
        ("FIRM", "vendor.name", "saved"),
    ]


def test_undo_brings_back_what_was_before(directory: Team) -> None:
    api = by_token(directory)
    with organization_scope(directory.organization.pk, directory.actor()):
        birch = Vendor.objects.get(name="Birch")
        make_evidence(birch, "vendor.integration", {"choice": "CMO"}, now=NOW, obtained_on=NOW.date())
    before = state_of(directory)
    table = (
        b"vendor.external_id,vendor.name,vendor.parent,vendor.integration,site.name,site.fei,service.FORM_DEV.delivery\n"
        b"E-1,Birch,Group,CDMO,Basel,3001000002,in_house\nE-2,Elm,Group,CDMO,Oslo,,partner\n"
    )
    body = upload(api, table, kind="vendors").json()
    assert api.post(f"imports/{body['id']}/commit/").json()["state"] == "loaded"
    assert state_of(directory) != before

    assert api.post(f"imports/{body['id']}/undo/", {"reason": "x"}).json()["state"] == "undone"

    assert state_of(directory) == before


def state_of(team: Team) -> dict[str, Any]:
    """What counts in the directory."""
    with organization_scope(team.organization.pk, team.actor()):
        return {
            "vendors": sorted(
                Vendor.objects.active().values_list("name", "parent", "integration", "archived_at")
            ),
            "sites": sorted(Site.objects.active().values_list("name", "fei", "country")),
            "ids": ExternalId.objects.count(),
            "evidence": sorted(map(str, Evidence.objects.live().values_list("target", "value", "vendor_id"))),
        }


def test_undo_is_refused_where_later_work_stands_on_it(directory: Team) -> None:
    api = by_token(directory)
    body = upload(api, b"vendor.name,vendor.parent\nElm,Group\nBirch,Group\n", kind="vendors").json()
    api.post(f"imports/{body['id']}/commit/")
    with organization_scope(directory.organization.pk, directory.actor()):
        elm = Vendor.objects.get(name="Elm")
        make_site(elm, name="Oslo", now=NOW)
        Vendor.objects.filter(name="Birch").update(parent="Another group")

    answer = api.post(f"imports/{body['id']}/undo/", {"reason": "x"})

    assert answer.status_code == 409
    assert sorted((found["code"], found["message"]) for found in answer.json()["errors"]) == [
        ("changed_since", "vendor Birch was changed since (parent)."),
        ("stood_on", "Elm has 1 evidence that came later."),
        ("stood_on", "Elm has 1 site that came later."),
    ]


def test_rejected_rows_come_with_their_cells_and_reasons(directory: Team) -> None:
    client = signed_in(directory)
    client.post(
        reverse("vendors:import_add"),
        {"kind": "evidence", "file": SimpleUploadedFile("e.csv", EVIDENCE)},
    )

    answer = client.get(reverse("vendors:import_rejected", args=[newest(directory).public_id]))

    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["row", "column", "reason", "Supplier", "Criterion", "Answer", "Date", "Grade"]
    assert rows[2] == [
        "3", "Supplier", "no vendor is known as 'Alder gate'", "Alder gate", "SVC3", "4", "2026-05-20", "C",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        (Role.PROCUREMENT, "contacts", 201), (Role.PROCUREMENT, "evidence", 403), (Role.QUALITY, "qualifications", 201),
        (Role.QUALITY, "vendors", 403), (Role.VIEWER, "contacts", 403),
    ],
)  # fmt: skip
def test_each_kind_asks_for_its_own_permission(directory: Team, role: Role, kind: str, status: int) -> None:
    tables = {
        "contacts": b"vendor,contact\nBirch,A. Body\n",
        "qualifications": b"vendor,site,operation,status\nAldergate Biologics,Ulm,UPSTREAM,approved\n",
    }

    answer = upload(by_token(directory, role), tables.get(kind, b"vendor.name\nElm\n"), kind=kind)

    assert answer.status_code == status


def test_templates_and_columns_of_every_kind_can_be_read(directory: Team) -> None:
    client, api = signed_in(directory, Role.VIEWER), by_token(directory)

    kinds = api.get("import-kinds/").json()

    assert "evidence" in [kind["code"] for kind in kinds]
    for kind in kinds:
        template = client.get(reverse("vendors:import_template_csv", args=[kind["code"]]))
        assert template.content.decode().strip().split(",") == [one["path"] for one in kind["columns"]]
    assert client.get(reverse("vendors:import_kinds")).status_code == 200
    assert client.get(reverse("vendors:import_kind", args=["evidence"])).status_code == 200
    assert client.get(reverse("vendors:import_kind", args=["gossip"])).status_code == 404
    book = client.get(reverse("vendors:import_template_xlsx", args=["contacts"]))
    assert book.content[:4] == b"PK\x03\x04"


@pytest.mark.parametrize(
    "repairs",
    [
        "no list", [{"repair": "magic", "field": "x"}], [{"repair": "dates", "field": "evidence.obtained_on", "option": "xyz"}],
        [{"repair": "replace", "field": "vendor.name", "values": {}}], [{"repair": "blank", "field": ""}],
        [{"repair": "replace", "field": "vendor.name", "values": {"a": 1}}],
    ],
)  # fmt: skip
def test_repair_that_makes_no_sense_is_refused(directory: Team, repairs: Any) -> None:
    api = by_token(directory)
    body = upload(api, EVIDENCE, kind="evidence").json()

    assert problem(api.patch(f"imports/{body['id']}/", {"repairs": repairs}))[0] == 400


def test_other_members_see_the_numbers_but_not_the_rows(directory: Team) -> None:
    api = by_token(directory)
    body = upload(api, EVIDENCE, kind="evidence").json()
    viewer = by_token(directory, Role.VIEWER)

    seen = viewer.get(f"imports/{body['id']}/").json()

    assert (seen["counts"]["read"], seen["report"]) == (4, None)
    assert viewer.get(f"imports/{body['id']}/rejected/").status_code == 403
    page = signed_in(directory, Role.VIEWER).get(reverse("vendors:import", args=[body["id"]]))
    assert (page.status_code, b"Alder gate" in page.content) == (200, False)
