#!/usr/bin/env python3
"""Check a dossier offline: nothing but Python 3.9 or newer, no network, no other package.

    python verify.py                 the folder this script was unpacked into
    python verify.py dossier.zip     a package that is not unpacked

It says, line by line, what agrees and what does not, and ends with 0 when nothing was changed, with 1 otherwise. Checked are
the manifest itself, every file against it, the frozen document against its digest and the digests of its parts, every score
against the values and weights in the document, and each signature against the digest it was given for.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MANIFEST, DOCUMENT, SIGNATURES = "manifest.json", "snapshot.json", "signatures.json"
LISTS, TABLES = ("candidates", "evidence", "waivers", "must_haves"), ("decision",)
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785) of a value without fractions: keys in UTF-16 order, no blanks, UTF-8."""
    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def ordered(value: Any) -> Any:
    """The value with the keys of every table in their order."""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [ordered(part) for part in value] if isinstance(value, list) else value


def sha256(data: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


class Package:
    """The files of a package, in a folder or in a ZIP archive. `broken` are those that cannot even be read."""

    def __init__(self, place: Path) -> None:
        self.files: dict[str, bytes] = {}
        self.broken: dict[str, str] = {}
        if place.is_dir():
            for path in sorted(place.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    self.files[path.relative_to(place).as_posix()] = path.read_bytes()
            return
        with zipfile.ZipFile(place) as archive:
            for info in archive.infolist():
                try:
                    self.files[info.filename] = archive.read(info)
                except UNREADABLE as error:
                    self.broken[info.filename] = str(error)


def read_json(package: Package, name: str, found: list[str]) -> dict[str, Any] | None:
    """A JSON file of the package; None, and a line in `found`, when it is missing or not JSON."""
    if name not in package.files:
        if name not in package.broken:
            found.append(f"{name}: is missing")
        return None
    try:
        value = json.loads(package.files[name].decode("utf-8"))
    except ValueError as error:
        found.append(f"{name}: was changed: it is no JSON any more ({error})")
        return None
    if not isinstance(value, dict):
        found.append(f"{name}: was changed: it is no table any more")
        return None
    return value


def check_manifest(package: Package, found: list[str]) -> dict[str, Any] | None:
    """The manifest against the digest of itself. Returns it, or None."""
    manifest = read_json(package, MANIFEST, found)
    if manifest is None:
        return None
    rest = {name: value for name, value in manifest.items() if name != "manifest_sha256"}
    if sha256(canonical(rest)) != manifest.get("manifest_sha256"):
        found.append(f"{MANIFEST}: was changed: it does not hash to the SHA-256 it states for itself")
    elif package.files[MANIFEST] != canonical(manifest):
        found.append(f"{MANIFEST}: was changed: other bytes than it was written with")
    return manifest


def check_files(package: Package, manifest: dict[str, Any], found: list[str]) -> None:
    """Every file against the manifest."""
    listed = manifest.get("files")
    listed = listed if isinstance(listed, list) else []
    names: set[str] = set()
    for entry in listed:
        name, digest = entry.get("name"), entry.get("sha256")
        names.add(str(name))
        if name in package.broken:
            continue
        if name not in package.files:
            found.append(f"{name}: is missing")
        elif sha256(package.files[name]) != digest:
            found.append(
                f"{name}: was changed: SHA-256 {sha256(package.files[name])}, in the manifest {digest}"
            )
    added = sorted((set(package.files) | set(package.broken)) - names - {MANIFEST})
    found.extend(f"{name}: is not in the manifest: it was added, or renamed" for name in added)


def parts(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Path and digest of every part of the document, as they were recorded when it was frozen."""
    for name, section in content.items():
        if name in TABLES and isinstance(section, dict):
            for key, part in section.items():
                yield f"{name}.{key}", part
        elif name not in LISTS or not isinstance(section, list):
            yield name, section
        else:
            yield f"{name}.length", len(section)
            for number, entry in enumerate(section):
                if isinstance(entry, dict):
                    for key, part in entry.items():
                        yield f"{name}[{number}].{key}", part
                else:
                    yield f"{name}[{number}]", entry


def check_document(package: Package, manifest: dict[str, Any] | None, found: list[str]) -> str:
    """The frozen document against its digest. Returns its digest as it is now, or an empty text."""
    document = read_json(package, DOCUMENT, found)
    if document is None or "content" not in document:
        return ""
    content = document["content"]
    digest = sha256(canonical(content))
    if digest != document.get("digest"):
        found.append(
            f"{DOCUMENT}: was changed: its content hashes to {digest}, it was frozen as {document.get('digest')}"
        )
    if manifest is not None and digest != manifest.get("digest"):
        found.append(
            f"{DOCUMENT}: is not the document of this manifest, which names {manifest.get('digest')}"
        )
    kept = document.get("parts")
    kept = kept if isinstance(kept, dict) else {}
    present = {path: sha256(canonical(part))[:16] for path, part in parts(content)}
    changed = (path for path in sorted({*present, *kept}) if present.get(path) != kept.get(path))
    found.extend(f"{DOCUMENT}: {path} was changed" for path in changed)
    if package.files[DOCUMENT] != canonical(document):
        found.append(f"{DOCUMENT}: was changed: other bytes than it was written with")
    found.extend(check_scores(content))
    return digest


def check_scores(content: dict[str, Any]) -> Iterator[str]:
    """Each score against the sum of weight x value over its cells. With `known_only` weights shrink, and it is left out."""
    if content.get("policy") == "known_only":
        return
    weights = content["weights"]
    for one in content["candidates"]:
        frozen = one["figures"]["score_exact"]
        total = sum(weights[code] * cell["point"] for code, cell in one["cells"].items())
        if frozen is not None and frozen != total:
            yield f"{DOCUMENT}: the score of {one['vendor']['name']} is {frozen}, its values and weights give {total}"


def check_signatures(package: Package, digest: str, found: list[str]) -> list[dict[str, Any]]:
    """Every signature against the digest of the document."""
    signed = read_json(package, SIGNATURES, found)
    if signed is None:
        return []
    listed = signed.get("signatures")
    listed = listed if isinstance(listed, list) else []
    wrong = (one for one in listed if digest and one.get("digest") != digest)
    found.extend(
        f"{SIGNATURES}: the signature of {one.get('printed_name')} ({one.get('meaning')}) is for another document: {one.get('digest')}"
        for one in wrong
    )
    return listed


def main(arguments: list[str]) -> int:
    """Check, say what was found, and return the exit code."""
    place = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    if not place.exists():
        say(f"There is no {place}.")
        return 2
    found: list[str] = []
    try:
        package = Package(place)
    except zipfile.BadZipFile as error:
        say(f"CHANGED  {place.name}: is no ZIP archive any more ({error})")
        return 1
    found += [
        f"{name}: was changed: it cannot be unpacked ({words})" for name, words in package.broken.items()
    ]
    digest = ""
    signed: list[dict[str, Any]] = []
    try:
        manifest = check_manifest(package, found)
        if manifest is not None:
            check_files(package, manifest, found)
        digest = check_document(package, manifest, found)
        signed = check_signatures(package, digest, found)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        found.append(
            f"something was changed that the rest cannot be read without ({type(error).__name__}: {error})"
        )
    for line in found:
        say(f"CHANGED  {line}")
    say(f"Digest of the document: {digest or 'cannot be worked out'}")
    for one in signed:
        say(
            f"Signed: {one.get('meaning')}, {one.get('printed_name')}, {one.get('signed_at')}, for {one.get('digest')}"
        )
    say(
        "Something was changed."
        if found
        else f"Nothing was changed. {len(package.files)} files, {len(signed)} signatures."
    )
    return 1 if found else 0


def say(line: str) -> None:
    """One line for the reader."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
