"""Recorded exports: asked for, written in slices, downloaded, stopped, expired."""

import hashlib
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.exporting.writers import TABULAR
from scorecards.models import Export, ExportKind, ExportPart
from scorecards.services.export_slices import FORGOTTEN_AFTER, write_forgotten
from scorecards.services.exports import open_export, remove_older, request_export
from scorecards.services.shortlists import create_shortlist
from tests.factories.core import Team
from tests.factories.proposals import line, make_proposal
from tests.factories.vendors import make_evidence
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from tests.integration.exports.conftest import Take, body, write_all
from tests.integration.scorecards_api.conftest import Ranked, clock
from vendors.models import Vendor


def ask(api: Api, ranked: Ranked, **fields: object) -> dict:  # type: ignore[type-arg]
    answer = api.post(
        "exports/", {"kind": "ranking", "format": "csv", "subject": str(ranked.scorecard.public_id), **fields}
    )
    assert answer.status_code == 202, answer.content
    found: dict = answer.json()  # type: ignore[type-arg]
    return found


def test_recorded_files_equal_the_interface(team: Team, ranked: Ranked, api: Api, take: Take) -> None:
    subject = str(ranked.scorecard.public_id)
    shown = api.get(f"{ranked.path}results/").json()["results"]

    raw = take("ranking", "csv", subject=subject, bom=True)
    table = pq.read_table(BytesIO(take("ranking", "parquet", subject=subject)))
    lines = pd.read_json(
        StringIO(take("ranking", "ndjson", subject=subject).decode()),
        lines=True,
        dtype=False,
        precise_float=True,
    )

    frame = pd.read_csv(BytesIO(raw), encoding="utf-8-sig", dtype=str)
    assert raw.startswith(b"\xef\xbb\xbf")
    parquet = table.to_pandas()
    for place, result in enumerate(shown):
        for title, name in (
            ("Score", "score"),
            ("Low", "low"),
            ("High", "high"),
            ("Answered (% of weight)", "coverage"),
        ):
            assert (
                float(frame[title][place])
                == result[name]
                == float(parquet[name][place])
                == lines[name][place]
            )
        assert frame["Score exact"][place] == result["score_exact"] == str(parquet["score_exact"][place])
        assert parquet["vendor"][place] == result["vendor"]["name"]
    assert str(table.schema.field("score").type) == "decimal128(9, 2)"
    assert table.schema.field("score").metadata[b"description"] == b"0 to 100, rounded half to even."


def test_an_export_says_who_when_and_what(team: Team, ranked: Ranked, api: Api) -> None:
    asked = ask(api, ranked)
    early = api.get(f"exports/{asked['id']}/file/")
    write_all(team)
    done = api.get(f"exports/{asked['id']}/").json()
    answer = api.get(f"exports/{asked['id']}/file/")
    content = body(answer)

    assert (asked["job"]["state"], asked["sha256"], code(early)) == ("queued", "", (409, "not_ready"))
    assert done["job"]["state"] == "succeeded"
    assert done["sha256"] == hashlib.sha256(content).hexdigest()
    assert (done["size"], done["requested_by"]) == (
        len(content),
        f"{team.members[Role.MANAGER].name} (token test)",
    )
    assert answer["Content-Disposition"].startswith(
        'attachment; filename="Premiere-selection-1-2-calculation-1-'
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    schema = api.get(f"exports/{asked['id']}/schema/").json()
    assert [table["table"] for table in schema] == ["results"]
    assert schema[0]["columns"][5] == {
        "name": "score", "title": "Score", "type": "points", "description": "0 to 100, rounded half to even.",
    }  # fmt: skip
    assert [row["id"] for row in api.get("exports/").json()["results"]] == [asked["id"]]


def test_slices_of_no_length_give_the_same_file(team: Team, ranked: Ranked, api: Api) -> None:
    first, second = (ask(api, ranked, format="xlsx") for _ in range(2))
    write_all(team)

    third = ask(api, ranked, format="xlsx")
    write_all(team, seconds=0)

    digests = {api.get(f"exports/{one['id']}/").json()["sha256"] for one in (first, second, third)}
    assert len(digests) == 1
    with organization_scope(team.organization.pk, "test"):
        assert ExportPart.objects.count() == 0


def test_a_file_is_begun_anew_when_another_calculation_is_published(
    team: Team, ranked: Ranked, api: Api
) -> None:
    from scorecards.services.export_slices import _guarded_step

    asked = ask(api, ranked, format="json")
    with organization_scope(team.organization.pk, "test"):
        job = Export.objects.get(public_id=asked["id"]).job_id
    _guarded_step(team.organization.pk, job, clock=clock)
    with organization_scope(team.organization.pk, team.actor()):
        make_evidence(
            Vendor.objects.get(name="Cedar"), "SVC6", {"level": 3}, now=clock(), obtained_on=clock().date()
        )
    ranked.calculate()
    write_all(team)

    found = body(api.get(f"exports/{asked['id']}/file/"))
    import json

    rows = json.loads(found)["tables"]["results"]
    assert {row["calculation"] for row in rows} == {2}
    assert len(rows) == 3


def test_a_lost_message_is_found(team: Team, ranked: Ranked, api: Api) -> None:
    asked = ask(api, ranked)

    soon = write_forgotten(clock=clock)
    later = write_forgotten(clock=lambda: clock() + FORGOTTEN_AFTER * 2)

    assert (soon, later) == (0, 1)
    assert api.get(f"exports/{asked['id']}/").json()["job"]["state"] == "succeeded"


def test_stopping(team: Team, ranked: Ranked, api: Api) -> None:
    asked = ask(api, ranked)
    stopped = api.post(f"exports/{asked['id']}/stop/")
    write_all(team)

    assert stopped.json()["job"]["state"] == "cancelled"
    assert code(api.post(f"exports/{asked['id']}/stop/")) == (409, "not_running")
    assert code(api.get(f"exports/{asked['id']}/file/")) == (409, "not_ready")


def test_expired_files_go_and_their_records_stay(team: Team, ranked: Ranked, api: Api) -> None:
    asked = ask(api, ranked)
    write_all(team)
    later = clock() + timedelta(minutes=1)

    with organization_scope(team.organization.pk, "test"):
        counts = [remove_older(team.organization, later) for _ in range(2)]

    assert counts == [1, 0]
    assert code(api.get(f"exports/{asked['id']}/file/")) == (410, "expired")
    assert api.get(f"exports/{asked['id']}/").json()["removed_at"] is not None


def test_all_scorecards_in_one_file(team: Team, ranked: Ranked, api: Api, take: Take) -> None:
    copied = api.post(
        "scorecards/", {"name": "Not calculated", "program": str(ranked.scorecard.program.public_id)}
    )
    shown = api.get(f"{ranked.path}results/").json()["results"]

    rows = pd.read_csv(BytesIO(take("ranking", "csv")), dtype=str)
    book = openpyxl.load_workbook(BytesIO(take("ranking", "xlsx")))

    assert copied.status_code == 201
    assert list(rows["Candidate id"]) == [row["candidate"]["id"] for row in shown]
    assert list(rows["Score"].dropna()) == [
        f"{row['score']:.2f}" for row in shown if row["score"] is not None
    ]
    assert set(rows["Scorecard id"]) == {str(ranked.scorecard.public_id)}
    assert book.sheetnames == ["Results", "About this file"]


def test_who_may_see_what(team: Team, ranked: Ranked, stranger: Api) -> None:
    quality = by_session(team, Role.QUALITY)
    audit = quality.post("exports/", {"kind": "audit", "format": "csv"})
    write_all(team)
    address = f"exports/{audit.json()['id']}/"

    assert audit.status_code == 202
    assert code(by_session(team, Role.MANAGER).post("exports/", {"kind": "audit", "format": "csv"})) == (
        403,
        "permission_denied",
    )
    assert code(by_session(team, Role.MANAGER).get(address)) == (404, "not_found")
    assert by_session(team, Role.AUDITOR).get(address).status_code == 200
    assert code(stranger.get(address)) == (404, "not_found")
    assert code(by_session(team, Role.VIEWER).get("exports/")) == (403, "permission_denied")
    narrow = by_token(team, scopes=("scores:read",))
    own = ask(narrow, ranked)
    full = ask(by_token(team), ranked)
    assert [row["id"] for row in narrow.get("exports/").json()["results"]] == [own["id"]]
    assert code(narrow.get(f"exports/{full['id']}/")) == (404, "not_found")


@pytest.mark.parametrize(
    ("body_", "expected"),
    [
        ({"kind": "shortlist", "format": "csv"}, [("subject", "required")]),
        ({"kind": "ranking", "format": "pdf"}, [("format", "not_offered")]),
        ({"kind": "ranking", "format": "csv", "table": "weights"}, [("table", "unknown_table")]),
        ({"kind": "audit", "format": "pdf"}, [("format", "not_offered")]),
        ({"kind": "evidence", "format": "csv", "on": "2026-01-01"}, [("on", "not_offered")]),
        ({"kind": "evidence", "format": "csv", "table": "x"}, [("table", "unknown_table")]),
        ({"kind": "evidence", "format": "xlsx", "bom": True}, [("bom", "not_offered")]),
        ({"kind": "evidence", "format": "exe"}, [("format", "invalid_choice")]),
    ],
)
def test_what_is_refused(team: Team, db: None, body_: dict, expected: list) -> None:  # type: ignore[type-arg]
    assert problem(by_session(team, Role.QUALITY).post("exports/", body_)) == (400, expected)


def test_a_member_who_left_gets_no_file(team: Team, ranked: Ranked, api: Api) -> None:
    from cdmo_eval.core.models import Membership

    asked = ask(api, ranked)
    Membership.objects.filter(user=team.members[Role.MANAGER]).update(expires_at=clock())
    write_all(team)

    with organization_scope(team.organization.pk, "test"):
        export = Export.objects.select_related("job").get(public_id=asked["id"])
        assert (export.job.state, export.made_at) == ("failed", None)
        assert export.job.error == "Who asked for it is no member any more."


def test_every_kind_in_every_format(team: Team, ranked: Ranked) -> None:
    quality, now, organization = team.actor(Role.QUALITY), clock(), team.organization
    scorecard = ranked.scorecard.public_id
    two = [str(ranked.candidates[name].public_id) for name in ("Alder", "Birch")]
    with organization_scope(organization.pk, team.actor(Role.PROCUREMENT)):
        candidates = [ranked.candidates["Alder"], ranked.candidates["Birch"]]
        shortlist = create_shortlist(
            scorecard=ranked.scorecard,
            name="=Five",
            candidates=candidates,
            by=team.actor(Role.PROCUREMENT),
            now=now,
        )
        make_proposal(candidates[0], line("item", 100, assumption="=x"), now=now)
    asked: dict[ExportKind, tuple[Any, dict[str, Any]]] = {
        ExportKind.RANKING: (scorecard, {}), ExportKind.COMPARE: (scorecard, {"candidates": two}),
        ExportKind.PROFILE: (candidates[0].vendor.public_id, {}), ExportKind.EVIDENCE: (None, {"retracted": True}),
        ExportKind.AUDIT: (None, {"since": now.date().isoformat()}), ExportKind.ACCESS_RIGHTS: (None, {"on": now.date().isoformat()}),
        ExportKind.SHORTLIST: (shortlist.public_id, {}), ExportKind.PROPOSALS: (ranked.program.public_id, {}), ExportKind.AUDIT_PLAN: (None, {}),
    }  # fmt: skip
    wrong, made = [], 0
    for kind, (subject, options) in asked.items():
        with organization_scope(organization.pk, quality):
            rows = [
                request_export(
                    organization=organization,
                    kind=kind,
                    format=one,
                    subject=subject,
                    options=options,
                    by=quality,
                    now=now,
                )
                for one in TABULAR
            ]
        write_all(team)
        with organization_scope(organization.pk, quality):
            for row in Export.objects.select_related("job").filter(pk__in=[row.pk for row in rows]):
                if row.job.state != "succeeded":
                    wrong.append((kind.value, row.format, row.job.error))
                    continue
                with open_export(export=row, by=quality, now=now) as file:
                    content = file.read()
                made += len(content) == row.size
                if row.format == "xlsx":
                    book = openpyxl.load_workbook(BytesIO(content))
                    texts = [
                        cell.value
                        for sheet in book
                        for line_ in sheet.iter_rows()
                        for cell in line_
                        if cell.data_type == "s"
                    ]
                    assert [text for text in texts if str(text)[0] in "=+@"] == []
    assert (wrong, made) == ([], 45)


def test_profiles_of_chosen_vendors_say_whose_each_line_is(team: Team, ranked: Ranked, take: Take) -> None:
    chosen = [str(ranked.candidates[name].vendor.public_id) for name in ("Birch", "Alder")]

    book = openpyxl.load_workbook(BytesIO(take("profile", "xlsx", vendors=chosen)), data_only=True)

    assert [row[0].value for row in book["Profile"].iter_rows(min_row=2, max_row=3)] == ["Alder", "Birch"]
    assert [row[0].value for row in book["Sites"].iter_rows(min_row=2)] == ["Alder", "Birch"]
    assert {row[0].value for row in book["Evidence"].iter_rows(min_row=2)} == {"Alder", "Birch"}


@pytest.mark.parametrize(
    "asked", [{}, {"vendors": []}, {"vendors": ["01a20618-1760-75ea-8360-c9a43453455d"]}]
)
def test_profiles_of_nobody_are_refused(api: Api, ranked: Ranked, asked: dict[str, Any]) -> None:
    answer = api.post("exports/", {"kind": "profile", "format": "csv", **asked})

    assert answer.status_code == (404 if asked.get("vendors") else 400)


def test_a_profile_is_of_one_vendor_or_of_several(api: Api, ranked: Ranked) -> None:
    alder = str(ranked.candidates["Alder"].vendor.public_id)

    answer = api.post("exports/", {"kind": "profile", "format": "csv", "subject": alder, "vendors": [alder]})

    assert answer.status_code == 400
