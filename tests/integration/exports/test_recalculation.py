"""LibreOffice works every formula out by itself, and comes to the same totals."""

import csv
import io
import re
import subprocess
import zipfile
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from cdmo_eval.core.tenancy import organization_scope
from scorecards.services.snapshots import freeze_calculation
from tests.factories.core import Team
from tests.integration.api.calls import Api
from tests.integration.exports.conftest import Take
from tests.integration.scorecards_api.conftest import Ranked, clock
from tests.support.programs import program_or_skip

RESULT = re.compile(r"(<f>[^<]*</f>)<v>[^<]*</v>")
HUNDREDTH = Decimal("0.01")


def without_results(book: bytes) -> bytes:
    """The workbook with its formulas, and nothing of what they gave: who shows a total has worked it out."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in source.namelist():
            data = source.read(name)
            archive.writestr(
                name, RESULT.sub(r"\1", data.decode()) if name.startswith("xl/worksheets/") else data
            )
    return target.getvalue()


def recalculated(books: dict[str, bytes], folder: Path) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Every sheet of the workbooks as LibreOffice has it, by workbook and name of the sheet; all in one run of it."""
    office = program_or_skip("libreoffice", "soffice")
    for name, book in books.items():
        (folder / f"{name}.xlsx").write_bytes(without_results(book))
    as_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", as_csv, "--outdir", str(folder),
         *(str(folder / f"{name}.xlsx") for name in books)],
        capture_output=True, check=True, timeout=180,
    )  # fmt: skip
    found: dict[str, dict[str, list[dict[str, str]]]] = {name: {} for name in books}
    for path in folder.glob("*.csv"):
        name, _, sheet = path.stem.partition("-")
        found[name][sheet] = list(
            csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        )
    return found


def test_the_totals_are_the_same(team: Team, ranked: Ranked, api: Api, take: Take, tmp_path: Path) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        snapshot = freeze_calculation(scorecard=ranked.scorecard, by=team.actor(), now=clock())
    subject = str(ranked.scorecard.public_id)
    two = [str(ranked.candidates[name].public_id) for name in ("Alder", "Birch")]
    shown = {row["vendor"]["name"]: row for row in api.get(f"{ranked.path}results/").json()["results"]}
    books = {
        "ranking": take("ranking", "xlsx", subject=subject), "dossier": take("dossier", "xlsx", subject=str(snapshot.public_id)),
        "compare": take("compare", "xlsx", subject=subject, candidates=two),
    }  # fmt: skip

    found = recalculated(books, tmp_path)

    for name, title in (("ranking", "Vendor"), ("dossier", "Candidate")):
        rows = found[name]["Results"]
        assert {row[title]: row["Sum of weight x value"] for row in rows} == {
            vendor: row["score_exact"] for vendor, row in shown.items()
        }
        assert {
            row[title]: Decimal(row["Score recomputed"]).quantize(HUNDREDTH, ROUND_HALF_EVEN) for row in rows
        } == {vendor: Decimal(str(row["score"])).quantize(HUNDREDTH) for vendor, row in shown.items()}
        assert {row["Agrees with the score"] for row in rows} == {"TRUE"}
    total = next(row for row in found["ranking"]["Weights and must-haves"] if row["Kind"] == "Sum")
    assert (total["Weight exact (ppb)"], Decimal(total["Weight (%)"])) == ("1000000000", 100)
    sums = next(row for row in found["compare"]["Criteria"] if row["Group"] == "Sum of contributions")
    scores = next(row for row in found["compare"]["Criteria"] if row["Group"] == "Score")
    for vendor in ("Alder", "Birch"):
        assert sums[f"{vendor}: contribution exact"] == shown[vendor]["score_exact"]
        found_score = Decimal(scores[f"{vendor}: contribution exact"]).quantize(HUNDREDTH, ROUND_HALF_EVEN)
        assert found_score == Decimal(str(shown[vendor]["score"])).quantize(HUNDREDTH)
