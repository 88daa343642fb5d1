"""Keep and open attachments: a short list of kinds, content checked, confidential ones behind an agreement."""

import hashlib
import secrets
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

import puremagic
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, allows, require
from vendors import policies
from vendors.models import StoredFile, Vendor
from vendors.models.stored_file import LARGEST_FILE
from vendors.selectors import cda_is_valid
from vendors.services.writing import begin, insert, own
from vendors.vocabulary import Confidentiality

CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv",
}
"""What may be attached: extension and the content type it is served with."""
_SIGNATURES = {
    ".pdf": b"%PDF-",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
}
_PARTS = {".xlsx": "xl/workbook.xml", ".docx": "word/document.xml"}
"""The member that makes a ZIP archive a workbook or a document."""
_UPLOAD_PERMISSIONS = (Permission.EDIT_EVIDENCE, Permission.EDIT_CDAS, Permission.EDIT_COMMERCIAL)


def upload_permission(by: Actor) -> Permission:
    """What lets this actor attach files: any of what attachments serve; the first of them when none does."""
    return next((one for one in _UPLOAD_PERMISSIONS if allows(by, one)), _UPLOAD_PERMISSIONS[0])


@transaction.atomic
def store_file(
    *,
    organization: Organization,
    content: BinaryIO,
    name: str,
    confidentiality: str,
    by: Actor,
    now: datetime,
    vendor: Vendor | None = None,
) -> StoredFile:
    """Check an upload and keep it under a random name. Refuses a confidential one without an agreement.

    Raises Invalid when the kind is not allowed, the content is of another kind than the extension says, or
    the file is empty or larger than 25 MB; Conflict when no signed agreement covers it.
    """
    begin(organization, by, upload_permission(by))
    own(organization, vendor)
    policies.require_sight(by, confidentiality)
    if confidentiality == Confidentiality.CDA:
        _require_cda(organization, vendor, now)
    shown = PurePosixPath(name.replace("\\", "/")).name.strip()[-255:]
    data = content.read(LARGEST_FILE + 1)
    content_type = checked_content_type(shown, data)
    storage_name = f"{organization.pk}/{secrets.token_hex(16)}"
    row = insert(
        StoredFile(
            organization=organization,
            vendor=vendor,
            name=shown,
            content_type=content_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            storage_name=storage_name,
            confidentiality=confidentiality,
            uploaded_by=by.user,
            uploaded_by_name=by.name,
        )
    )
    default_storage.save(storage_name, ContentFile(data))
    return row


def checked_content_type(name: str, data: bytes) -> str:
    """The content type to serve; Invalid unless extension and content agree and are allowed."""
    extension = PurePosixPath(name).suffix.lower()
    if extension not in CONTENT_TYPES:
        raise _refused("kind_not_allowed", "Attach a PDF, PNG, JPG, XLSX, CSV or DOCX file.")
    if not data:
        raise _refused("empty", "The file is empty.")
    if len(data) > LARGEST_FILE:
        raise _refused("too_large", "A file has at most 25 MB.")
    if not _content_is(extension, data):
        raise _refused("content_differs", f"The content is not what {extension} says.")
    return CONTENT_TYPES[extension]


def _refused(code: str, message: str) -> Invalid:
    return Invalid(message, code=code, errors=[FieldError("file", code, message)])


def _content_is(extension: str, data: bytes) -> bool:
    """Whether the bytes are of the kind the extension says."""
    if extension == ".csv":
        return _is_text(data)
    if extension in _PARTS:
        return _is_office(data, _PARTS[extension])
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return False
    same = {".jpg", ".jpeg"} if extension in {".jpg", ".jpeg"} else {extension}
    return data.startswith(_SIGNATURES[extension]) and not found.isdisjoint(same | {".jfif"})


def _is_office(data: bytes, part: str) -> bool:
    """Whether a ZIP archive holds the part that makes it a workbook or a document; nothing is inflated."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return part in names and "[Content_Types].xml" in names


_NOT_A_TABLE = ("<!doctype", "<html", "<script", "<svg", "<?xml", "%pdf-")


def _is_text(data: bytes) -> bool:
    """Whether the bytes are text: no NUL, and UTF-8 or a single-byte encoding without control characters."""
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    controls = {chr(code) for code in range(32)} - {"\t", "\r", "\n"}
    start = text[:64].lstrip("\ufeff \r\n\t").lower()
    return controls.isdisjoint(text) and not start.startswith(_NOT_A_TABLE)


def _require_cda(organization: Organization, vendor: Vendor | None, now: datetime) -> None:
    """Raise Conflict without a valid signed agreement with the vendor."""
    if vendor is None:
        message = "A file under a confidentiality agreement belongs to a vendor."
        raise Invalid(message, errors=[FieldError("vendor", "required", message)])
    if not cda_is_valid(organization, vendor, now.date()):
        raise Conflict(
            "There is no valid signed confidentiality agreement with this vendor.", code="cda_missing"
        )


def open_file(*, organization: Organization, file: StoredFile, by: Actor, now: datetime) -> File:  # type: ignore[type-arg]
    """The bytes of an attachment for a reader who may see it.

    Raises PermissionDenied for a commercial one, Conflict for a confidential one without a valid agreement,
    NotFound when the bytes are gone.
    """
    own(organization, file)
    if by.organization.pk != organization.pk:
        raise NotFound("There is no such file.")
    require(by, Permission.VIEW, reading="evidence:read")
    policies.require_sight(by, file.confidentiality)
    if file.confidentiality == Confidentiality.CDA:
        _require_cda(organization, file.vendor, now)
    if not default_storage.exists(file.storage_name):
        raise NotFound("The file's content is missing.")
    return default_storage.open(file.storage_name, "rb")
