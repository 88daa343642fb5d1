"""One's own ratings as a workbook, there and back: what was altered, made up or off the scale is refused by cell."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from cdmo_eval.core.errors import Conflict, DomainError
from cdmo_eval.core.tenancy import organization_scope
from scorecards.exporting.rating_sheet import XLSX, write_sheet
from scorecards.models import Invitation, Rating
from scorecards.selectors.evaluators import invitation_list, sheet_of
from scorecards.services.rating_sheets import (
    SheetRead,
    read_sheet,
    save_sealed,
    save_sheet,
    sealed_changes,
)
from tests.factories.evaluators import actor_of, make_invitation, rate, submit
from tests.integration.evaluators.conftest import Panel, SignIn, clock

Change = Callable[[Any], None]


@pytest.fixture
def mine(panel: Panel) -> Invitation:
    """Eva is asked about two vendors by two criteria; DIG1 has the levels 1 to 5."""
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        candidates = [panel.alder, panel.birch]
        row = make_invitation(panel.scorecard, panel.people["eva"], ["SVC3", "DIG1"], candidates, now=clock())
        rate(row, {(panel.alder, "SVC3"): 3}, comment="=1+1 they said", now=clock())
    return row


def whole(row: Invitation) -> Invitation:
    """The invitation with all that a sheet needs."""
    return invitation_list(row.organization).get(pk=row.pk)


def workbook(panel: Panel, row: Invitation, change: Change | None = None) -> io.BytesIO:
    """The sheet as a person would send it back after `change`."""
    target = io.BytesIO()
    with organization_scope(panel.team.organization.pk, "test"):
        write_sheet(sheet_of(whole(row)), target, now=clock())
    if change is None:
        target.seek(0)
        return target
    book = load_workbook(target)
    change(book.active)
    changed = io.BytesIO()
    book.save(changed)
    changed.seek(0)
    return changed


def read(panel: Panel, row: Invitation, content: io.BytesIO) -> SheetRead:
    with organization_scope(panel.team.organization.pk, "test"):
        by = actor_of(panel.scorecard, row.evaluator)
        return read_sheet(invitation=whole(row), content=content, by=by)


def refused(panel: Panel, row: Invitation, content: io.BytesIO) -> list[str]:
    """What is said about each cell; nothing is kept."""
    with pytest.raises(DomainError) as error:
        read(panel, row, content)
    return [part.message for part in error.value.errors]


def put(**cells: Any) -> Change:
    """Write these cells."""

    def change(sheet: Any) -> None:
        for cell, value in cells.items():
            sheet[cell] = value

    return change


def test_sheet_has_a_row_per_vendor_and_criterion_with_the_words_of_every_level(
    panel: Panel, mine: Invitation
) -> None:
    sheet = load_workbook(workbook(panel, mine)).active
    rows = [[cell.value for cell in row[:6]] for row in sheet.iter_rows()]

    assert [row[:2] + row[3:] for row in rows] == [
        ["Vendor", "Criterion", "Level", "Abstain", "Comment"],
        ["Alder", "SVC3 Integration with clinical research", 3, None, "'=1+1 they said"],
        ["Alder", "DIG1 Plant maturity", None, None, None],
        ["Birch", "SVC3 Integration with clinical research", None, None, None],
        ["Birch", "DIG1 Plant maturity", None, None, None],
    ]
    assert str(rows[1][2]).splitlines()[5] == "5: One governance and one data platform from CMC to clinical"
    assert (sheet.protection.sheet, sheet.column_dimensions["G"].hidden) == (True, True)
    assert [sheet[cell].protection.locked for cell in ("A2", "B2", "C2", "G2", "D2", "E2", "F2")] == [
        True, True, True, True, False, False, False,
    ]  # fmt: skip


def test_untouched_sheet_changes_nothing(panel: Panel, mine: Invitation) -> None:
    found = read(panel, mine, workbook(panel, mine))

    assert (found.rows, found.changes) == (4, ())


def test_filled_sheet_shows_old_and_new_and_is_kept(panel: Panel, mine: Invitation) -> None:
    found = read(
        panel, mine, workbook(panel, mine, put(D2=4, D3=5.0, E4="Yes", F4="  Cannot tell  ", D5="2"))
    )
    with organization_scope(panel.team.organization.pk, "test"):
        by = actor_of(panel.scorecard, mine.evaluator)
        count = save_sheet(invitation=whole(mine), changes=found.changes, by=by, now=clock())
        kept = set(
            Rating.objects.values_list(
                "candidate__vendor__name", "leaf", "revision", "level", "abstained", "comment"
            )
        )

    assert [(row.cell, row.old, row.new, row.comment) for row in found.changes] == [
        ("D2", "3", "4", "=1+1 they said"), ("D3", "not rated", "5", ""),
        ("D4", "not rated", "abstained", "Cannot tell"), ("D5", "not rated", "2", ""),
    ]  # fmt: skip
    assert (count, kept) == (4, {
        ("Alder", "SVC3", 1, 3, False, "=1+1 they said"), ("Alder", "SVC3", 2, 4, False, "=1+1 they said"),
        ("Alder", "DIG1", 1, 5, False, ""), ("Birch", "SVC3", 1, None, True, "Cannot tell"),
        ("Birch", "DIG1", 1, 2, False, ""),
    })  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"D2": 6}, ["D2: 6 is not on the scale 0–5"]),
        ({"D3": 0}, ["D3: 0 is not on the scale 1–5"]),
        ({"D2": -1}, ["D2: -1 is not on the scale 0–5"]),
        ({"D2": 3.5}, ["D2: 3.5 is not on the scale 0–5"]),
        ({"D2": "good"}, ["D2: good is not on the scale 0–5"]),
        ({"D2": "٣"}, ["D2: ٣ is not on the scale 0–5"]),
        ({"D2": True}, ["D2: TRUE is not on the scale 0–5"]),
        ({"E2": "maybe"}, ["E2: write yes or leave it empty"]),
        ({"D2": 3, "E2": "yes"}, ["E2: give a level or abstain, not both"]),
        ({"F2": "x" * 4001}, ["F2: a comment has at most 4000 characters"]),
        ({"A2": "Birch"}, ["A2: this row is about 'Alder' and cannot be made another"]),
        ({"B2": "DIG1"}, ["B2: this row is about 'SVC3 Integration with clinical research' and cannot be made another"]),
        ({"G2": "nonsense"}, ["G2: this row is not one of your sheet"]),
        ({"G2": None}, ["G2: this row is not one of your sheet"]),
        ({"D2": 9, "D5": 8}, ["D2: 9 is not on the scale 0–5", "D5: 8 is not on the scale 1–5"]),
        ({"D2": "=2+2"}, ["D2 holds a formula: write the value itself"]),
        ({"F5": '=HYPERLINK("http://x")'}, ["F5 holds a formula: write the value itself"]),
        ({"Z99": "=1"}, ["Z99 holds a formula: write the value itself"]),
    ],
)  # fmt: skip
def test_cell_that_cannot_be_kept_is_named(
    panel: Panel, mine: Invitation, cells: dict[str, Any], said: list[str]
) -> None:
    content = workbook(panel, mine, put(**cells))
    if any(isinstance(value, str) and value.startswith("=") for value in cells.values()):
        content = with_results(content)

    assert refused(panel, mine, content) == said
    with organization_scope(panel.team.organization.pk, "test"):
        assert Rating.objects.count() == 1


def with_results(content: io.BytesIO) -> io.BytesIO:
    """The workbook as a spreadsheet program saves it: every formula with a result, which must not be read."""
    saved = io.BytesIO()
    with zipfile.ZipFile(content) as before, zipfile.ZipFile(saved, "w") as after:
        for part in before.infolist():
            data = before.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = (
                    data.replace(b"<v></v>", b"<v>4</v>")
                    .replace(b"<v />", b"<v>4</v>")
                    .replace(b"<v/>", b"<v>4</v>")
                )
            after.writestr(part.filename, data)
    saved.seek(0)
    return saved


def test_key_of_another_row_is_refused(panel: Panel, mine: Invitation) -> None:
    def swap(sheet: Any) -> None:
        sheet["G2"], sheet["G4"] = sheet["G4"].value, sheet["G2"].value

    assert [message[:3] for message in refused(panel, mine, workbook(panel, mine, swap))] == ["A2:", "A4:"]


def test_row_given_twice_is_refused(panel: Panel, mine: Invitation) -> None:
    def twice(sheet: Any) -> None:
        for column in "ABCDEFG":
            sheet[f"{column}6"] = sheet[f"{column}2"].value

    assert refused(panel, mine, workbook(panel, mine, twice)) == ["G6: this is row 2 a second time"]


def test_sheet_of_somebody_else_is_refused(panel: Panel, mine: Invitation) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        other = make_invitation(panel.scorecard, panel.people["ira"], ["SVC3"], [panel.alder], now=clock())

    assert refused(panel, mine, workbook(panel, other)) == ["G2: this row is not one of your sheet"]


def test_vendor_that_left_is_refused_and_rows_taken_out_stay_as_they_are(
    panel: Panel, mine: Invitation
) -> None:
    content = workbook(panel, mine, lambda sheet: sheet.delete_rows(2))

    assert read(panel, mine, content).rows == 3


def other_book(header: tuple[str, ...], title: str = "My ratings") -> io.BytesIO:
    book = Workbook()
    book.active.title = title
    book.active.append(header)
    target = io.BytesIO()
    book.save(target)
    target.seek(0)
    return target


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (io.BytesIO(b"Vendor,Criterion\nAlder,SVC3\n"), "The file is not a workbook (.xlsx)."),
        (io.BytesIO(b""), "The file is not a workbook (.xlsx)."),
        (io.BytesIO(b"PK\x03\x04 nothing more"), "The workbook is damaged or cut off."),
        (other_book(("Vendor", "Criterion", "Level")), "The header is not that of a sheet of ratings"),
        (other_book(("a",), title="Another"), "There is no sheet 'My ratings'"),
    ],
)  # fmt: skip
def test_file_that_is_no_sheet_of_ours_is_refused(
    panel: Panel, mine: Invitation, content: io.BytesIO, said: str
) -> None:
    content.seek(0)
    messages = refused(panel, mine, content)

    assert (len(messages), messages[0][: len(said)]) == (1, said)


def test_submitted_ratings_take_no_sheet(panel: Panel, mine: Invitation) -> None:
    content = workbook(panel, mine)
    with organization_scope(panel.team.organization.pk, "test"):
        asked = [(panel.alder, "DIG1"), (panel.birch, "SVC3"), (panel.birch, "DIG1")]
        rate(mine, dict.fromkeys(asked, 2), now=clock())
        submit(mine, now=clock())

    with pytest.raises(Conflict, match="what is submitted stands"):
        read(panel, mine, content)


def test_preview_is_not_kept_over_a_rating_that_changed_since(panel: Panel, mine: Invitation) -> None:
    found = read(panel, mine, workbook(panel, mine, put(D2=5)))
    with organization_scope(panel.team.organization.pk, "test"):
        by = actor_of(panel.scorecard, mine.evaluator)
        sealed = sealed_changes(mine, found.changes)
        rate(mine, {(panel.alder, "SVC3"): 1}, now=clock())
        with pytest.raises(Conflict, match="changed since the preview"):
            save_sealed(invitation=whole(mine), sealed=sealed, by=by, now=clock())
        with pytest.raises(Conflict, match="too old"):
            save_sealed(invitation=whole(mine), sealed=sealed[:-3] + "abc", by=by, now=clock())


def upload(client: Client, address: str, content: io.BytesIO, **fields: Any) -> Any:
    file = SimpleUploadedFile("sheet.xlsx", content.getvalue(), content_type=XLSX)
    return client.post(address, {"file": file, **fields})


def test_page_shows_the_changes_and_keeps_exactly_them(
    panel: Panel, mine: Invitation, sign_in: SignIn
) -> None:
    client, address = sign_in(panel.people["eva"]), f"/ratings/{mine.public_id}/"
    sent: Any = client.get(f"{address}sheet.xlsx")
    downloaded = io.BytesIO(b"".join(sent.streaming_content))
    book = load_workbook(downloaded)
    book.active["D4"] = 1
    filled = io.BytesIO()
    book.save(filled)
    bad = upload(client, f"{address}upload/", workbook(panel, mine, put(D2=7)))
    preview = upload(client, f"{address}upload/", filled)
    with organization_scope(panel.team.organization.pk, "test"):
        before = Rating.objects.count()
    kept = client.post(f"{address}keep/", {"sealed": preview.context["sealed"]})

    with organization_scope(panel.team.organization.pk, "test"):
        row = Rating.objects.latest("id")
    assert sent["Content-Type"] == XLSX
    assert (bad.status_code, "D2: 7 is not on the scale 0–5" in bad.content.decode()) == (400, True)
    assert (preview.status_code, before, kept.status_code) == (200, 1, 303)
    assert (row.candidate_id, row.leaf, row.level) == (panel.birch.pk, "SVC3", 1)


def test_interface_reads_without_keeping_unless_told(panel: Panel, mine: Invitation, sign_in: SignIn) -> None:
    client = sign_in(panel.people["eva"])
    address = f"/api/v1/scorecards/{panel.scorecard.public_id}/invitations/{mine.public_id}/sheet/"
    content = workbook(panel, mine, put(D2=4))
    dry = upload(client, address, content).json()
    with organization_scope(panel.team.organization.pk, "test"):
        between = Rating.objects.count()
    wet = upload(client, address, content, commit="true").json()
    bad = upload(client, address, workbook(panel, mine, put(D2=6)))

    with organization_scope(panel.team.organization.pk, "test"):
        after = Rating.objects.count()
    assert (dry["committed"], wet["committed"], between, after) == (False, True, 1, 2)
    assert dry["changes"] == [
        {
            "cell": "D2", "candidate": {"id": str(panel.alder.public_id), "name": "Alder"}, "criterion": "SVC3",
            "old": "3", "new": "4", "old_comment": "=1+1 they said", "new_comment": "=1+1 they said",
        }
    ]  # fmt: skip
    assert (bad.status_code, [(e["field"], e["code"]) for e in bad.json()["errors"]]) == (
        400,
        [("D2", "off_scale")],
    )
