"""The dossier: the same bytes for the same document, everything in it, and an offline check that names what was changed."""

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.exporting.dossier import verify
from scorecards.exporting.dossier.frozen import Frozen
from scorecards.exporting.dossier.package import VERIFY
from scorecards.exporting.dossier.pdf import write_pdf
from scorecards.exporting.dossier.reading import frozen_of
from scorecards.services.snapshots import freeze_calculation
from tests.factories.core import Team
from tests.factories.vendors import make_evidence
from tests.integration.api.calls import by_session
from tests.integration.exports.conftest import Take, body, write_all
from tests.integration.scorecards_api.conftest import Ranked, clock
from tests.support.programs import program_or_skip
from vendors.models import Vendor
from vendors.services import store_file


@pytest.fixture
def frozen(team: Team, ranked: Ranked) -> dict[str, Any]:
    """A frozen calculation that rests on a record with a file."""
    with organization_scope(team.organization.pk, team.actor()):
        vendor = Vendor.objects.get(name="Alder")
        file = store_file(
            organization=team.organization, content=io.BytesIO(b"%PDF-1.7 an audit"), name="audit report.pdf", confidentiality="commercial",
            vendor=vendor, by=team.actor(), now=clock(),
        )  # fmt: skip
        make_evidence(
            vendor, "SVC6", {"level": 3}, now=clock(), obtained_on=clock().date(), file=file, source="Audit"
        )
    ranked.calculate()
    with organization_scope(team.organization.pk, team.actor()):
        snapshot = freeze_calculation(
            scorecard=ranked.scorecard, reason="For the board", by=team.actor(), now=clock()
        )
        return {
            "id": str(snapshot.public_id),
            "digest": snapshot.digest,
            "frozen": frozen_of(snapshot),
            "sha256": file.sha256,
        }


def package_of(take: Take, frozen: dict[str, Any]) -> bytes:
    return take("dossier", "zip", subject=frozen["id"])


def checked(data: bytes, folder: Path) -> tuple[int, str]:
    """What the offline script says of a package, run as a person would: alone, without this product."""
    path = folder / "dossier.zip"
    path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFY), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env={},
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_package_checks_and_still_does_when_the_database_changed(
    team: Team, ranked: Ranked, frozen: dict[str, Any], take: Take, tmp_path: Path
) -> None:
    package = package_of(take, frozen)
    with organization_scope(team.organization.pk, team.actor()):
        Vendor.objects.filter(name="Birch").update(name="Somebody else")
        make_evidence(
            Vendor.objects.get(name="Cedar"), "SVC6", {"level": 1}, now=clock(), obtained_on=clock().date()
        )
    ranked.calculate()
    again = package_of(take, frozen)

    code, said = checked(package, tmp_path)
    assert (code, again == package) == (0, True), said
    assert f"Digest of the document: {frozen['digest']}" in said
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        evidence = f"evidence/{frozen['sha256'][:12]}-audit-report.pdf"
        assert names == [
            "README.txt",
            "dossier.pdf",
            "dossier.xlsx",
            "snapshot.json",
            "signatures.json",
            "verify.py",
            evidence,
            "manifest.json",
        ]
        assert archive.read(evidence) == b"%PDF-1.7 an audit"
        archive.extractall(tmp_path / "unpacked")
    assert [entry["name"] for entry in manifest["files"]] == sorted(names[:-1])
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"],
        cwd=tmp_path / "unpacked",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_byte_changed_in_any_member_is_named(
    frozen: dict[str, Any], take: Take, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = package_of(take, frozen)
    found = {}
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, content in members.items():
        for place in (0, len(content) // 2, len(content) - 1):
            changed = bytearray(content)
            changed[place] ^= 1
            path = tmp_path / "changed.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for other, data in members.items():
                    archive.writestr(other, bytes(changed) if other == name else data)
            code = verify.main([str(path)])
            said = capsys.readouterr().out
            lines = [
                line.removeprefix("CHANGED  ") for line in said.splitlines() if line.startswith("CHANGED")
            ]
            found[name, place] = (code, any(line.startswith(f"{name}:") for line in lines))

    assert set(found.values()) == {(1, True)}


def test_a_byte_of_the_archive_itself_is_noticed(
    frozen: dict[str, Any], take: Take, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = package_of(take, frozen)
    unnoticed = []
    path = tmp_path / "changed.zip"
    for place in range(200, len(package) - 200, len(package) // 40):
        changed = bytearray(package)
        changed[place] ^= 0xFF
        path.write_bytes(bytes(changed))
        if verify.main([str(path)]) == 0:
            unnoticed.append(place)
        capsys.readouterr()

    assert unnoticed == []


def test_what_was_changed_in_the_document_is_said(frozen: dict[str, Any], take: Take, tmp_path: Path) -> None:
    package = package_of(take, frozen)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(members["snapshot.json"])
    code = next(iter(document["content"]["weights"]))
    document["content"]["candidates"][1]["cells"][code]["point"] += 1
    members["snapshot.json"] = verify.canonical(document)
    members["signatures.json"] = verify.canonical(
        {
            "digest": "0" * 64,
            "signatures": [{"printed_name": "A. Nobody", "meaning": "awarded", "digest": "0" * 64}],
        }
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)

    status, said = checked(target.getvalue(), tmp_path)

    assert status == 1
    assert "CHANGED  snapshot.json: candidates[1].cells was changed" in said
    assert "CHANGED  signatures.json: the signature of A. Nobody (awarded) is for another document" in said
    assert "CHANGED  snapshot.json: was changed: its content hashes to" in said


def test_the_same_document_gives_the_same_bytes_in_another_process(frozen: dict[str, Any]) -> None:
    one: Frozen = frozen["frozen"]
    here = [hashlib.sha256(write_pdf(one)).hexdigest() for _ in range(2)]
    script = (
        "import hashlib, json, sys, datetime, django; django.setup()\n"
        "from scorecards.exporting.dossier.frozen import Frozen\nfrom scorecards.exporting.dossier.pdf import write_pdf\n"
        "told = json.load(sys.stdin)\n"
        "one = Frozen(told['content'], told['digest'], told['number'], told['reason'], told['by'], datetime.datetime.fromisoformat(told['at']))\n"
        "print(hashlib.sha256(write_pdf(one)).hexdigest())"
    )
    told = {
        "content": one.content, "digest": one.digest, "number": one.number, "reason": one.reason, "by": one.frozen_by, "at": one.frozen_at.isoformat(),
    }  # fmt: skip

    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], input=json.dumps(told), capture_output=True, text=True, check=True, timeout=120,
        env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"},
    )  # fmt: skip

    assert [*here, there.stdout.strip()] == [here[0]] * 3


def test_the_pdf_says_every_vendor_weight_and_digest(
    frozen: dict[str, Any], take: Take, tmp_path: Path
) -> None:
    pdftotext = program_or_skip("pdftotext")
    path = tmp_path / "dossier.pdf"
    path.write_bytes(take("dossier", "pdf", subject=frozen["id"]))

    said = subprocess.run(
        [pdftotext, "-layout", str(path), "-"], capture_output=True, text=True, check=True, timeout=60
    ).stdout

    one: Frozen = frozen["frozen"]
    wanted = {
        "Alder",
        "Birch",
        "Cedar",
        frozen["digest"],
        frozen["sha256"],
        one.run["input_digest"],
        one.run["output_digest"],
        "Page 1 of",
    }
    wanted |= {record["digest"] for record in one.content["evidence"]} | set(one.content["weights"])
    assert sorted(text for text in wanted if text not in said) == []
    from scorecards.exporting.dossier.frozen import weight_text

    words = said.split()
    assert ("ppm of" in said, "% of the weight" in said, said.count(one.run["input_digest"])) == (
        False,
        True,
        1,
    )
    assert [code for code, ppb in one.content["weights"].items() if weight_text(ppb) not in words] == []


def test_a_package_lists_what_its_reader_may_not_see(
    team: Team, ranked: Ranked, frozen: dict[str, Any]
) -> None:
    from cdmo_eval.core.policies import Actor
    from scorecards.exporting.asking import Asked, Subject
    from scorecards.exporting.dossier.package import write_package

    actor = Actor(team.organization, Role.VIEWER, "A viewer", team.members[Role.VIEWER])
    target = io.BytesIO()
    with organization_scope(team.organization.pk, actor):
        write_package(frozen["frozen"], Asked(actor, Subject("x"), {}, clock()), target)

    with zipfile.ZipFile(target) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert [name for name in archive.namelist() if name.startswith("evidence/")] == []
    assert [(entry["name"], entry["sha256"], entry["included"]) for entry in manifest["evidence_files"]] == [
        ("audit report.pdf", frozen["sha256"], False)
    ]


def test_the_workbook_opens_and_its_json_verifies(team: Team, frozen: dict[str, Any], take: Take) -> None:
    from scorecards.snapshots.verification import verify_file

    book = openpyxl.load_workbook(io.BytesIO(take("dossier", "xlsx", subject=frozen["id"])))
    found = verify_file(take("dossier", "json", subject=frozen["id"]))

    assert book.sheetnames[:4] == ["About", "Results", "Criteria", "1 Decision"]
    assert [row[1].value for row in book["Results"].iter_rows(min_row=2)] == [
        one.name for one in frozen["frozen"].standings()
    ]
    assert (found.intact, found.digest) == (True, frozen["digest"])


def test_procurement_may_and_viewers_may_not(team: Team, frozen: dict[str, Any]) -> None:
    wish = {"kind": "dossier", "format": "pdf", "subject": frozen["id"]}
    answers = {
        role: by_session(team, role).post("exports/", wish).status_code
        for role in (Role.PROCUREMENT, Role.QUALITY, Role.VIEWER)
    }
    write_all(team)

    assert answers == {Role.PROCUREMENT: 202, Role.QUALITY: 202, Role.VIEWER: 403}
    listed = by_session(team, Role.AUDITOR).get("exports/").json()["results"]
    assert body(by_session(team, Role.AUDITOR).get(f"exports/{listed[0]['id']}/file/")).startswith(
        b"%PDF-1.7"
    )
