"""The package of a dossier: PDF, workbook, the frozen document, its signatures, evidence files, and a script that checks it."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from cdmo_eval.core.errors import DomainError
from scorecards.engine.digest import canonical_json
from scorecards.exporting.asking import Asked
from scorecards.exporting.dossier.frozen import Frozen
from scorecards.exporting.dossier.pdf import write_pdf
from scorecards.exporting.dossier.workbook import write_workbook
from scorecards.exporting.guard import safe_file_name
from scorecards.snapshots.document import file_of
from vendors.models import StoredFile
from vendors.services.files import open_file

FORMAT = "cdmo-eval/dossier/1"
FIXED = (1980, 1, 1, 0, 0, 0)
MOST_BYTES = 200 * 1024 * 1024
"""Of evidence files in one package; those beyond are listed with their SHA-256 only."""
VERIFY = Path(__file__).resolve().parent / "verify.py"
README = """{title}

dossier.pdf       the dossier, to read and print
dossier.xlsx      the same, with the scores as live formulas
snapshot.json     the frozen document: what was signed is the SHA-256 of its content's canonical JSON (RFC 8785)
signatures.json   who signed, in which meaning, when
evidence/         files that the evidence rests on, as far as whoever made this package may see them
manifest.json     the SHA-256 of every file
verify.py         checks all of it offline:  python3 verify.py

Digest of the document: {digest}
"""


@dataclass(frozen=True)
class Attachment:
    """A file that a record rests on. `why_not` says why its bytes are left out; `member` is its name in the package."""

    records: tuple[str, ...]
    name: str
    sha256: str
    row: StoredFile | None
    member: str
    why_not: str

    def plain(self) -> dict[str, Any]:
        """As the manifest lists it."""
        return {
            "records": list(self.records), "name": self.name, "sha256": self.sha256, "included": not self.why_not,
            "member": "" if self.why_not else self.member, "why_not": self.why_not,
        }  # fmt: skip


class _Writer:
    """Writes members with fixed dates, and remembers the SHA-256 of each."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.files: list[dict[str, Any]] = []

    def add(self, name: str, data: bytes, *, listed: bool = True) -> None:
        """A member from memory."""
        self.archive.writestr(_info(name, packed=not name.endswith((".pdf", ".xlsx"))), data)
        if listed:
            self._list(name, len(data), hashlib.sha256(data).hexdigest())

    def copy(self, name: str, file: Any) -> None:
        """A member from a file; nothing is kept in memory."""
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        with self.archive.open(_info(name, packed=False), "w", force_zip64=True) as member:
            shutil.copyfileobj(file, member)
        self._list(name, size, digest)

    def _list(self, name: str, size: int, sha256: str) -> None:
        self.files.append({"name": name, "size": size, "sha256": sha256})


def _info(name: str, *, packed: bool) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIXED)
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info


def write_package(frozen: Frozen, asked: Asked, target: BinaryIO) -> None:
    """The whole package. The same frozen document, for the same reader, gives the same bytes."""
    book = BytesIO()
    write_workbook(frozen, book)
    attachments = list(find_attachments(frozen, asked))
    signatures = {"digest": frozen.digest, "signatures": [one.plain() for one in frozen.signatures]}
    with zipfile.ZipFile(target, "w") as archive:
        writer = _Writer(archive)
        title = frozen.content["scorecard"]["name"]
        writer.add("README.txt", README.format(title=title, digest=frozen.digest).encode())
        writer.add("dossier.pdf", write_pdf(frozen))
        writer.add("dossier.xlsx", book.getvalue())
        writer.add("snapshot.json", file_of(frozen.content))
        writer.add("signatures.json", canonical_json(signatures))
        writer.add("verify.py", VERIFY.read_bytes())
        for one in attachments:
            if not one.why_not and one.row is not None:
                with open_file(
                    organization=asked.actor.organization, file=one.row, by=asked.actor, now=asked.now
                ) as file:
                    writer.copy(one.member, file)
        writer.add(
            "manifest.json", canonical_json(_manifest(frozen, writer.files, attachments)), listed=False
        )


def _manifest(frozen: Frozen, files: list[dict[str, Any]], attachments: list[Attachment]) -> dict[str, Any]:
    """What the package holds; it states a SHA-256 of itself, so that a change of it shows too."""
    manifest: dict[str, Any] = {
        "format": FORMAT, "digest": frozen.digest, "made": frozen.made.isoformat(), "made_by": frozen.made_by,
        "document_format": frozen.content["format"], "scorecard": dict(frozen.content["scorecard"]) | {"points": {}}, "number": frozen.number,
        "files": sorted(files, key=lambda entry: str(entry["name"])), "evidence_files": [one.plain() for one in attachments],
    }  # fmt: skip
    return manifest | {"manifest_sha256": hashlib.sha256(canonical_json(manifest)).hexdigest()}


def find_attachments(frozen: Frozen, asked: Asked) -> Iterator[Attachment]:
    """The files that the frozen records name, each once, with the bytes where this reader may see them."""
    records: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for record in frozen.content["evidence"]:
        file: Mapping[str, str] | None = record.get("file")
        if file:
            records.setdefault(file["sha256"], []).append(record["id"])
            names[file["sha256"]] = file["name"]
    rows = StoredFile.objects.for_organization(asked.actor.organization).filter(sha256__in=records)
    stored = {row.sha256: row for row in rows.select_related("vendor").order_by("-id")}
    room = MOST_BYTES
    for sha256 in sorted(records):
        row = stored.get(sha256)
        why_not = _why_not(row, asked, room)
        if row is not None and not why_not:
            room -= row.size
        yield Attachment(
            tuple(sorted(records[sha256])),
            names[sha256],
            sha256,
            row,
            member_name(sha256, names[sha256]),
            why_not,
        )


def member_name(sha256: str, name: str) -> str:
    """The name of a file in the package: its digest's beginning keeps two of one name apart."""
    stem, _, ending = name.rpartition(".")
    plain = safe_file_name(stem or name)
    return (
        f"evidence/{sha256[:12]}-{plain}.{safe_file_name(ending)[:8].lower()}"
        if stem
        else f"evidence/{sha256[:12]}-{plain}"
    )


def _why_not(row: StoredFile | None, asked: Asked, room: int) -> str:
    """Why the bytes are left out; "" when they are in."""
    if row is None:
        return "The file is not in the storage any more."
    if row.size > room:
        return "The package would become too large."
    try:
        open_file(organization=asked.actor.organization, file=row, by=asked.actor, now=asked.now).close()
    except DomainError as error:
        return error.message
    return ""
