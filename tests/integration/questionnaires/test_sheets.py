"""Workbooks out and back: what was changed, made up, not of its kind or hostile is refused by its cell."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from cdmo_eval.core.errors import Conflict, Invalid
from scorecards.exporting.questionnaire_sheet import SHEET
from scorecards.models import QuestionnaireAnswer, QuestionnaireCopy
from scorecards.services.questionnaire_sheets import read_answers, record_sheet
from scorecards.services.questionnaires import close_questionnaire
from tests.factories.questionnaires import answer, copy_of, make_questionnaire, workbook
from tests.integration.questionnaires.conftest import Ground, clock, put
from tests.support.hostile_files import HOSTILE
from vendors.models import StoredFile

TARGETS = ("SVC3", "site.single_use_pct", "capability.scale_max", "MOD3", "vendor.niche_modalities")
# rows of the sheet: 2 SVC3, 3 niche modalities, 4 single use, 5-14 MOD3 (ten flags), 15-16 largest batch and its unit


@pytest.fixture
def copy(ground: Ground) -> QuestionnaireCopy:
    """Alder is asked five questions in fifteen rows."""
    return copy_of(make_questionnaire(ground.scorecard, TARGETS, [ground.alder], now=clock()))


def said(ground: Ground, copy: QuestionnaireCopy, content: io.BytesIO) -> list[tuple[str, str]]:
    """What is refused: cell and code; nothing is kept."""
    with pytest.raises(Invalid) as error:
        record_sheet(copy=copy, content=content, name="a.xlsx", by=ground.actor(), now=clock())
    assert (QuestionnaireAnswer.objects.count(), StoredFile.objects.count()) == (0, 0)
    return [(part.field.removeprefix(f"{SHEET}!"), part.code) for part in error.value.errors]


def test_workbook_asks_part_by_part_and_takes_only_answers(ground: Ground, copy: QuestionnaireCopy) -> None:
    book = load_workbook(workbook(copy, ground.actor()))
    sheet = book[SHEET]

    rows = [[cell.value for cell in row[:4]] for row in sheet.iter_rows(min_row=2)]
    assert [row[0] for row in rows] == ["1", "2", "3", *["4"] * 10, "5", "5"]
    assert (rows[0][1], rows[0][3], rows[-1][1], rows[-1][3]) == (
        "Alder",
        "Level",
        "Ulm: Monoclonal antibody, upstream",
        "Unit",
    )
    assert [sheet[cell].protection.locked for cell in ("A2", "E2", "J2", "F2", "G2", "I2", "G6")] == [
        True,
        True,
        True,
        False,
        False,
        False,
        True,
    ]
    read_me = {row[0].value: row[1].value for row in book["Read me"].iter_rows()}
    assert (read_me["Id"], read_me["SHA-256 of what is asked"]) == (str(copy.public_id), copy.digest)


def test_untouched_workbook_changes_nothing_and_a_filled_one_is_kept_with_its_file(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    content = workbook(
        copy, ground.actor(),
        put(F2="3", H2="=one governance", I2="Deck, page 4", F3="Monoclonal antibody; CAR_T_AUTO", G4="Don't know", F5="Yes", F6="no", F15=2000, F16="L"),
    )  # fmt: skip

    again = record_sheet(
        copy=copy, content=workbook(copy, ground.actor()), name="a.xlsx", by=ground.actor(), now=clock()
    )
    changed = record_sheet(
        copy=copy, content=with_results(content), name="answers", by=ground.actor(), now=clock()
    )
    rows = {row.item.target: row for row in QuestionnaireAnswer.objects.select_related("item", "file")}

    assert (again, changed) == (0, 5)
    assert {target: (row.kind, row.value) for target, row in rows.items()} == {
        "SVC3": ("value", {"level": 3}),
        "vendor.niche_modalities": ("value", {"choices": ["MAB", "CAR_T_AUTO"]}),
        "site.single_use_pct": ("unknown", None),
        "MOD3": ("value", {"flags": {"synthesis": 1, "containment": 0}}),
        "capability.scale_max": ("value", {"number": 2000, "unit": "L"}),
    }
    svc = rows["SVC3"]
    assert (svc.source, svc.channel, svc.file.name, len(svc.file.sha256)) == (
        "Deck, page 4",
        "sheet",
        "answers.xlsx",
        64,
    )
    assert (
        record_sheet(
            copy=copy, content=workbook(copy, ground.actor()), name="a.xlsx", by=ground.actor(), now=clock()
        )
        == 0
    )


def with_results(content: io.BytesIO) -> io.BytesIO:
    """The comment that begins with "=" as a text, the way a spreadsheet program keeps it in a cell of text."""
    saved = io.BytesIO()
    with zipfile.ZipFile(content) as before, zipfile.ZipFile(saved, "w") as after:
        for part in before.infolist():
            data = before.read(part)
            if part.filename.startswith("xl/worksheets/sheet"):
                data = (
                    data.replace(b"<f>one governance</f>", b"")
                    .replace(b"<v></v>", b"")
                    .replace(b"<v />", b"")
                    .replace(b"<v/>", b"")
                )
            after.writestr(part.filename, data)
    saved.seek(0)
    return saved


FAULTS: tuple[dict[str, tuple[Any, str, str]], ...] = (
    {
        "F2": ("9", "F2", "not_allowed"), "F3": ("Monoclonal antibody; gold", "F3", "not_allowed"), "F4": ("101", "F4", "invalid_value"),
        "F5": ("0.7", "F5", "not_allowed"), "F15": ("2000", "F16", "invalid_value"),
    },
    {
        "F2": ("very good", "F2", "not_allowed"), "F3": ("none; MAB", "F3", "none_and_more"), "F4": ("about half", "F4", "invalid"),
        "H6": ("here", "H6", "not_here"), "F16": ("L", "F15", "invalid_value"),
    },
    {
        "G2": ("perhaps", "G2", "unknown"), "H3": ("See the deck", "F3", "comment_alone"), "F4": ("1e999", "F4", "invalid"), "I4": ("x" * 501, "I4", "too_long"),
        "D5": ("Another part", "D5", "altered"), "F30": ("stray", "J30", "foreign"),
    },
    {
        "B2": ("Birch", "B2", "altered"), "C3": ("Another question?", "C3", "altered"), "J4": ("nonsense", "J4", "foreign"), "J5": (None, "J5", "foreign"),
        "F15": ("1", "F16", "invalid_value"),
    },
)  # fmt: skip
"""Workbooks of faults: cell → what is written there, the cell that is named, and the code."""


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_cells_that_cannot_be_kept_are_named_each(
    ground: Ground, copy: QuestionnaireCopy, number: int
) -> None:
    faults = FAULTS[number]
    content = workbook(copy, ground.actor(), put(**{cell: text for cell, (text, _, _) in faults.items()}))

    found = said(ground, copy, content)

    expected = {(cell, code) for _, cell, code in faults.values()}
    assert set(found) | {("F4", "invalid")} == expected | {("F4", "invalid")}


def test_an_answer_and_no_answer_at_once_are_refused(ground: Ground, copy: QuestionnaireCopy) -> None:
    content = workbook(copy, ground.actor(), put(F2="3", G2="Not disclosed"))

    assert said(ground, copy, content) == [("G2", "both")]


def test_formulas_rows_given_twice_and_other_vendors_rows_are_refused(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    other = copy_of(make_questionnaire(ground.scorecard, TARGETS, [ground.birch], now=clock()))

    def twice(sheet: Any) -> None:
        for column in "ABCDEFGHIJ":
            sheet[f"{column}17"] = sheet[f"{column}2"].value

    formula = workbook(copy, ground.actor(), put(F2="=1+2"))
    assert said(ground, copy, formula) == [("file", "bad_sheet")]
    assert said(ground, copy, workbook(copy, ground.actor(), twice)) == [("J17", "twice")]
    foreign = said(ground, copy, workbook(other, ground.actor()))
    assert foreign[0] == ("J2", "foreign")


def test_hostile_files_are_refused(ground: Ground, copy: QuestionnaireCopy, tmp_path: Path) -> None:
    found = {
        name: said(ground, copy, io.BytesIO(build(tmp_path).read_bytes()))
        for name, (build, _) in HOSTILE.items()
    }

    assert found == {name: [("file", "bad_sheet")] for name in HOSTILE}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400) | st.binary(max_size=400).map(lambda rest: b"PK\x03\x04" + rest))
def test_any_bytes_give_a_clear_error(ground: Ground, copy: QuestionnaireCopy, content: bytes) -> None:
    with pytest.raises(Invalid) as error:
        read_answers(copy=copy, content=io.BytesIO(content), by=ground.actor())

    assert error.value.code == "bad_sheet"


def test_a_closed_round_takes_no_workbook(ground: Ground, copy: QuestionnaireCopy) -> None:
    content = workbook(copy, ground.actor(), put(F2="3"))
    close_questionnaire(
        questionnaire=copy.questionnaire, expected_version=None, by=ground.actor(), now=clock()
    )

    with pytest.raises(Conflict):
        record_sheet(
            copy=copy_of(copy.questionnaire), content=content, name="a.xlsx", by=ground.actor(), now=clock()
        )


def test_what_is_asked_again_stands_blank(ground: Ground, copy: QuestionnaireCopy) -> None:
    answer(copy, "SVC3", {"level": 3}, now=clock())
    shown = load_workbook(workbook(copy, ground.actor()))[SHEET]["F2"].value
    copy.items.filter(target="SVC3").update(state="again")

    assert (str(shown)[:2], load_workbook(workbook(copy, ground.actor()))[SHEET]["F2"].value) == ("3:", None)
