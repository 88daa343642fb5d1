"""The page of one public file: what the operator's load brought and what it left out, for every organisation."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.ids import new_public_id
from tests.factories.core import NOW, Team
from tests.integration.imports.test_uploads import signed_in
from tests.support.official_files import sample_rows, write_csv
from vendors.imports.regulatory import import_public_records, undo_public_records
from vendors.models import PublicLoad

pytestmark = pytest.mark.django_db(transaction=True)


def loaded(folder: Path) -> PublicLoad:
    """Forms 483, one of them with a number that is none."""
    header, first, *rows = sample_rows("fda_483")
    place = header.index("FEI Number")
    broken = [*first[:place], "30112866349", *first[place + 1 :]]
    path = write_csv(folder / "forms.csv", [header, broken, *rows])
    import_public_records("fda_483", path, read_on=date(2026, 6, 30), now=NOW, by="operator")
    return PublicLoad.objects.get()


def test_page_shows_what_a_public_file_brought_and_left_out(team: Team, tmp_path: Path) -> None:
    load = loaded(tmp_path)
    client = signed_in(team)

    listed = client.get(reverse("vendors:imports"))
    answer = client.get(reverse("vendors:public_load", args=[load.public_id]))

    assert reverse("vendors:public_load", args=[load.public_id]) in listed.content.decode()
    assert answer.context["facts"] == [
        ("Rows read", "6"),
        ("New", "5"),
        ("Changed", "0"),
        ("Unchanged", "0"),
        ("Of no site: kept until a site has their number", "5"),
        ("Rejected", "1"),
    ]
    assert answer.context["rejected"] == [
        {"row": 2, "column": "FEI Number", "reason": "'30112866349' is not an FEI number (up to 10 digits)"}
    ]
    assert load.sha256 in answer.content.decode()


def test_page_of_a_file_that_was_taken_back_says_so(team: Team, tmp_path: Path) -> None:
    load = loaded(tmp_path)
    undo_public_records(load.position, reason="wrong day", by="operator", now=NOW)

    answer = signed_in(team).get(reverse("vendors:public_load", args=[load.public_id]))

    assert answer.context["answer"] == "The operator took this file back."
    assert "by operator: wrong day" in answer.content.decode()


def test_unknown_public_file_is_not_found(team: Team) -> None:
    answer = signed_in(team).get(reverse("vendors:public_load", args=[new_public_id()]))

    assert answer.status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_as_many_queries_however_many_rows_were_left_out(team: Team, count: int) -> None:
    with owner_connection():
        load = PublicLoad.objects.create(
            kind="fda_483",
            read_on=date(2026, 6, 30),
            loaded_at=NOW,
            rejected=[[2 + number, "FEI Number", "is blank"] for number in range(count)],
            counts={"rejections": count},
        )
    client = signed_in(team)
    client.get(reverse("vendors:public_load", args=[load.public_id]))

    with CaptureQueriesContext(connection) as found:
        client.get(reverse("vendors:public_load", args=[load.public_id]))

    # session, user, memberships, scope before, scope set, the load, scope restored
    assert len(found) == 7
