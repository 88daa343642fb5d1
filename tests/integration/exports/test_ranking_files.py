"""Rankings as files: the same figures everywhere, and nothing that a spreadsheet could run."""

import csv
import hashlib
from io import BytesIO, StringIO
from itertools import product

import openpyxl
import pytest
from django.http import HttpRequest, StreamingHttpResponse

from cdmo_eval.core.errors import Conflict, NotFound, PermissionDenied, Unavailable
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.exporting.content import raw_text
from scorecards.exporting.guard import safe_file_name, safe_text
from scorecards.exports import ranking_response
from scorecards.views.exports import export_ranking
from tests.factories.core import Team
from tests.factories.scorecards import make_scorecard
from tests.factories.vendors import make_evidence
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked
from vendors.models import Vendor

STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    "＝",
    "＋",
    "－",
    "＠",
    " =",
    "\u00a0=",
    "\u200b=",
    "\ufeff@",
    "|",
    "%",
)
REST = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example","x")', "SUM(A1:A9)", "WEBSERVICE(\"http://evil.example\")",
    "DDE(\"cmd\";\"/C calc\")", "IMPORTXML(\"http://evil.example\",\"//a\")", "A1", "2+3*4", "@SUM(1)", "'x", "-1", "{1}",
    "http://evil.example", "ROW()", "INDIRECT(\"A1\")", "EXEC(\"calc\")", "REGISTER.ID(1)", "CALL(1)", "1;=1", "1,=1",
    "\"=1\"", "+1", "=1", "MSEXCEL|'x'!A", "xyz", "Vendor", "β", "🙂", "0",
)  # fmt: skip
PAYLOADS = [start + rest for start, rest in product(STARTS, REST)][:500]
NUMBERS = {
    "Score": "score", "Low": "low", "High": "high", "Answered (% of weight)": "coverage",
    "Verified (% of weight)": "verified_coverage", "Evidence strength (%)": "confidence",
}  # fmt: skip


@pytest.fixture
def ranked(transactional_db: None, team: Team) -> Ranked:
    """Three vendors on one scorecard."""
    return make_ranked(team, "Alder", "Birch", "Cedar", name="Première sélection, 1/2")


def content(response: object) -> bytes:
    """The whole of a streamed answer."""
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)  # type: ignore[arg-type]


def test_csv_equals_the_api_and_the_workbook(team: Team, ranked: Ranked) -> None:
    api = by_token(team)
    shown = api.get(f"{ranked.path}results/").json()["results"]
    answer = api.get(f"{ranked.path}export/csv/")
    raw = content(answer)
    book = openpyxl.load_workbook(BytesIO(content(api.get(f"{ranked.path}export/xlsx/"))))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    day = shown[0]["as_of"]
    assert (
        answer["Content-Disposition"]
        == f'attachment; filename="Premiere-selection-1-2-calculation-1-{day}.csv"'
    )
    assert raw.count(b"\r\n") == 4
    rows = list(csv.DictReader(StringIO(raw.decode("utf-8"), newline="")))
    assert [row["Vendor"] for row in rows] == ["Alder", "Birch", "Cedar"]
    sheet = [
        dict(zip([c.value for c in book["Results"][1]], [c.value for c in line], strict=True))
        for line in book["Results"].iter_rows(min_row=2)
    ]
    for row, typed, result in zip(rows, sheet, shown, strict=True):
        assert {title: float(row[title]) for title in NUMBERS} == {
            title: result[key] for title, key in NUMBERS.items()
        }
        assert all(len(row[title].partition(".")[2]) == 2 for title in NUMBERS)
        assert {title: typed[title] for title in NUMBERS} == {
            title: result[key] for title, key in NUMBERS.items()
        }
        assert (row["Score exact"], str(typed["Score exact"])) == (
            result["score_exact"],
            result["score_exact"],
        )
        assert (row["Calculation id"], row["Digest"], row["Up to date"]) == (
            result["run_id"],
            result["digest"],
            "yes",
        )
        for code_, group in result["groups"].items():
            assert float(row[f"{code_} weight (%)"]) == typed[f"{code_} weight (%)"] == group["weight"]
            assert (
                float(row[f"{code_} contribution"]) == typed[f"{code_} contribution"] == group["contribution"]
            )
        assert row["Note"] == "Early screen, not for award."


def test_workbook_has_every_sheet(team: Team, ranked: Ranked) -> None:
    api = by_token(team)
    raw = content(api.get(f"{ranked.path}export/xlsx/"))
    book = openpyxl.load_workbook(BytesIO(raw))
    leaves = api.get(f"{ranked.path}leaves/").json()["results"]

    assert book.sheetnames == ["Results", "Criteria", "Weights and must-haves", "Evidence", "Method"]
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref is not None
    lines = list(book["Criteria"].iter_rows(min_row=2, values_only=True))
    found = [(line[0], line[2], line[6] if line[6] is None else float(line[6])) for line in lines]
    assert [name for name, *_ in found[::62]] == ["Alder", "Birch", "Cedar"]
    assert sorted(found, key=str) == sorted(
        ((leaf["vendor"]["name"], leaf["criterion"], leaf["value"]) for leaf in leaves), key=str
    )
    records = list(book["Evidence"].iter_rows(min_row=2, values_only=True))
    assert list(dict.fromkeys(line[0] for line in records)) == ["Alder", "Birch", "Cedar"]
    assert ("SVC3", "SVC3") in {(line[1], line[3]) for line in records}
    kinds = [row[0] for row in book["Weights and must-haves"].iter_rows(min_row=2, values_only=True)]
    assert {kind: kinds.count(kind) for kind in ("Group", "Criterion")} == {"Group": 11, "Criterion": 62}
    method = dict(book["Method"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert (method["Calculation"], method["Stage in words"]) == (1, "Early screen, not for award.")
    again = content(api.get(f"{ranked.path}export/xlsx/"))
    assert hashlib.sha256(again).hexdigest() == hashlib.sha256(raw).hexdigest()


def test_byte_order_mark_on_demand(team: Team, ranked: Ranked) -> None:
    api = by_token(team)

    plain, marked = (content(api.get(f"{ranked.path}export/csv/{query}")) for query in ("", "?bom=true"))

    assert marked == b"\xef\xbb\xbf" + plain
    assert problem(api.get(f"{ranked.path}export/csv/?bom=1")) == (400, [("bom", "invalid")])
    assert code(api.get(f"{ranked.path}export/pdf/")) == (404, "not_found")


def test_five_hundred_formulas_are_dead(transactional_db: None, team: Team) -> None:
    organization, now = team.organization, clock()
    with organization_scope(organization.pk, team.actor()):
        Vendor.objects.bulk_create(
            [Vendor(organization=organization, name=name, updated_at=now) for name in dict.fromkeys(PAYLOADS)]
        )
    ranked = make_ranked(team, name="=1+1")
    api = by_token(team)

    raw = content(api.get(f"{ranked.path}export/csv/"))
    book = openpyxl.load_workbook(BytesIO(content(api.get(f"{ranked.path}export/xlsx/"))))

    rows = list(csv.DictReader(StringIO(raw.decode("utf-8"), newline="")))
    assert len(PAYLOADS) == len(set(PAYLOADS)) == len(rows) == 500
    assert sorted(row["Vendor"] for row in rows) == sorted(safe_text(name) for name in PAYLOADS)
    assert {row["Vendor"][0] for row in rows} == {"'"}
    ours = set()
    for sheet in book.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.hyperlink is None
                if cell.data_type == "f":
                    ours.add((sheet.title, cell.value.partition("(")[0].rstrip("0123456789")))
    assert {(title, words[:2]) for title, words in ours} == {
        ("Weights and must-haves", "=S"),
        ("Weights and must-haves", "=F"),
    }
    names = [row[2].value for row in book["Results"].iter_rows(min_row=2)]
    assert sorted(names) == sorted(row["Vendor"].replace("\r", "\n") for row in rows)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_guarded_text_is_no_formula(payload: str) -> None:
    assert safe_text(payload)[0] == "'"


@pytest.mark.parametrize("text", ["Alder", "5 - 7", "a=b", "", "ß", "1.5", "(1)"])
def test_harmless_text_stays(text: str) -> None:
    assert safe_text(text) == text


def test_texts_fit_a_cell_and_names_a_file_system() -> None:
    assert len(safe_text("x" * 40_000)) == 32_767
    assert safe_text("a\x00b\x1fc") == "abc"
    assert safe_file_name("../../etc/passwd") == "etc-passwd"
    assert safe_file_name("日本") == "scorecard"
    assert raw_text({"price": 3, "parts": [1, True, None]}) == "price: 3; parts: 1, yes, "


def test_who_may_export(team: Team, ranked: Ranked, stranger: Api) -> None:
    allowed = {role: by_session(team, role).get(f"{ranked.path}export/csv/").status_code for role in Role}

    assert {role for role, status in allowed.items() if status == 200} == {
        Role.PROCUREMENT, Role.MANAGER, Role.QUALITY, Role.AUDITOR,
    }  # fmt: skip
    assert {status for status in allowed.values() if status != 200} == {403}
    assert code(stranger.get(f"{ranked.path}export/csv/")) == (404, "not_found")


@pytest.fixture
def stranger(outsiders: Team) -> Api:
    """A program of another organisation's manager."""
    return by_token(outsiders)


def page_request(team: Team, role: Role) -> HttpRequest:
    request = HttpRequest()
    request.method = "GET"
    request.actor = team.actor(role)  # type: ignore[attr-defined]
    return request


def test_the_page_gives_the_same_file(team: Team, ranked: Ranked) -> None:
    scorecard = ranked.scorecard.public_id
    with organization_scope(team.organization.pk, "test"):
        answer = export_ranking(page_request(team, Role.PROCUREMENT), scorecard, "csv")
        with pytest.raises(PermissionDenied):
            export_ranking(page_request(team, Role.VIEWER), scorecard, "csv")
        with pytest.raises(NotFound):
            export_ranking(page_request(team, Role.MANAGER), scorecard, "exe")
        later = make_scorecard(ranked.program)
        with pytest.raises(Conflict):
            ranking_response(team.actor(), later.public_id, "csv", now=clock())

    assert content(answer) == content(by_token(team).get(f"{ranked.path}export/csv/"))


def test_a_download_breaks_off_rather_than_lie(team: Team, ranked: Ranked) -> None:
    with organization_scope(team.organization.pk, "test"):
        answer = export_ranking(page_request(team, Role.MANAGER), ranked.scorecard.public_id, "csv")
        make_evidence(
            Vendor.objects.get(name="Cedar"), "SVC6", {"level": 3}, now=clock(), obtained_on=clock().date()
        )
    ranked.calculate()

    with pytest.raises(Unavailable):
        content(answer)
