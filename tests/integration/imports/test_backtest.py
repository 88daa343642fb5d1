"""The command backtest_regulatory: what it prints, and files it refuses."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

HEADER = (
    "Inspection ID,FEI Number,Legal Name,Inspection End Date,Classification Code,Product Type,Project Area"
)
ACTIONS = (
    "FEI Number,Legal Name,State,Country/Area,Product Type,Action Taken Date,Action Type,Case/Injunction ID"
)


def inspections(folder: Path, *rows: str) -> str:
    path = folder / "inspections.csv"
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return str(path)


def row(number: int, fei: int, day: str, found: str, area: str = "Drug Quality Assurance") -> str:
    return f"{number},{fei},Own Sample,{day},{found},Drugs,{area}"


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("backtest_regulatory", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_backtest_prints_auc_and_rates_by_period(tmp_path: Path) -> None:
    path = inspections(
        tmp_path,
        row(1, 3001, "01/05/2015", "OAI"), row(2, 3001, "01/05/2017", "OAI"), row(3, 3001, "01/05/2021", "OAI"),
        row(4, 3002, "01/05/2015", "NAI"), row(5, 3002, "01/05/2017", "NAI"), row(6, 3002, "01/05/2021", "NAI"),
    )  # fmt: skip

    shown = run(path)

    assert shown[0] == "6 rows of inspections, 2 establishments, 4 inspections with a score on their eve"
    assert shown[1] == "2017-2018: 2 inspections, 1 OAI, AUC 1.000; rates fall with the score"
    assert shown[9] == "2019-2021: 2 inspections, 1 OAI, AUC 1.000; rates fall with the score"
    assert shown[10] == "  score   0 to below  20: OAI 100.0 % of 1"
    assert shown[16] == "  score  92 to       100: OAI   0.0 % of 1"


def test_backtest_counts_further_records(tmp_path: Path) -> None:
    path = inspections(tmp_path, row(4, 3002, "01/05/2015", "NAI"), row(5, 3002, "01/05/2021", "OAI"))
    letters = tmp_path / "actions.csv"
    letters.write_text(
        f"{ACTIONS}\n3002,Own Sample,-,India,Drugs,2018-06-27,Warning Letter,679001\n", encoding="utf-8"
    )

    alone, together = run(path), run(path, "--also", "fda_compliance_actions", str(letters))

    assert alone[1:9] != together[1:9]
    assert together[3] == "  score  20 to below  40: OAI 100.0 % of 1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.csv"], "There is no file missing.csv."),
        (["{file}", "--also", "letters", "x"], "There is no kind letters"),
        (["{file}"], "No inspection here has an earlier one"),
        (["{wrong}"], "wrong.csv: This is not a file of the kind FDA inspections"),
    ],
)
def test_backtest_of_a_wrong_file_says_what_is_wrong(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    path = inspections(tmp_path, row(4, 3002, "01/05/2015", "NAI"))
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(CommandError) as caught:
        run(*(text.format(file=path, wrong=wrong) for text in arguments))

    assert str(caught.value).startswith(message)
