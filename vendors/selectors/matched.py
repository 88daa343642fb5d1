"""Why a search found a vendor: which field holds the words, and where in it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from cdmo_eval.core.models import Organization
from vendors.facts import FACTS
from vendors.models import Evidence, Vendor, VendorAlias
from vendors.querysets import MOST_WORDS, EvidenceQuerySet

AROUND = 60
"""Characters of a long text that are shown on each side of the word."""


@dataclass(frozen=True)
class Part:
    """A piece of a text; `hit` when it is one of the words."""

    text: str
    hit: bool


@dataclass(frozen=True)
class Matched:
    """One field that holds words of the search. `evidence` is the record's public id, if it is one's text."""

    field: str
    parts: tuple[Part, ...]
    evidence: UUID | None = None


def words_of(text: str) -> list[str]:
    """The words that are looked for, each once."""
    return list(dict.fromkeys(text.split()))[:MOST_WORDS]


def marked(text: str, words: Sequence[str]) -> tuple[Part, ...]:
    """A text cut at the words, whatever their case."""
    if not words or not text:
        return (Part(text, hit=False),) if text else ()
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    pieces = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    return tuple(Part(piece, hit=place % 2 == 1) for place, piece in enumerate(pieces) if piece)


def matches(
    organization: Organization,
    vendors: Sequence[Vendor],
    text: str,
    *,
    evidence: EvidenceQuerySet[Evidence] | None,
) -> dict[int, list[Matched]]:
    """For each vendor of a page (its sites prefetched), the fields beside its name that hold the words.

    `evidence` is what the reader may see of the ledger, None for nothing of it.
    A word that its name holds is marked there and needs no line; each other word is said once, at the first field. One
    query for the other names, and one for each word that some vendor's own fields do not hold.
    """
    words = words_of(text)
    if not words or not vendors:
        return {}
    ids = [vendor.pk for vendor in vendors]
    aliases: dict[int, list[VendorAlias]] = defaultdict(list)
    for alias in VendorAlias.objects.for_organization(organization).active().filter(vendor_id__in=ids):
        aliases[alias.vendor_id].append(alias)
    found: dict[int, list[Matched]] = {}
    missing: dict[int, list[str]] = {}
    for vendor in vendors:
        lines, left = _of_fields(_fields(vendor, aliases[vendor.pk]), words, name=vendor.name)
        found[vendor.pk] = lines
        if left:
            missing[vendor.pk] = left
    _of_evidence(found, missing, evidence)
    return found


def _fields(vendor: Vendor, aliases: Iterable[VendorAlias]) -> Iterator[tuple[str, str]]:
    for alias in sorted(aliases, key=lambda one: (one.name, one.pk)):
        yield "Other name", alias.name
    yield "Legal name", vendor.legal_name
    yield "Owner", vendor.parent
    for site in vendor.sites.all():
        yield "Site", site.name
        yield "City", site.city
        yield "FEI number", site.fei
        yield "DUNS number", site.duns
        yield "Authorisation", site.mia_number
        yield "MHRA licence", site.mhra_licence


def _of_fields(
    fields: Iterable[tuple[str, str]], words: Sequence[str], *, name: str
) -> tuple[list[Matched], list[str]]:
    """Lines for the words that the name does not hold, and the words that no field holds."""
    left = [word for word in words if not _holds(name, word)]
    lines: list[Matched] = []
    for field, text in fields:
        here = [word for word in left if _holds(text, word)]
        if here:
            lines.append(Matched(field, marked(text, words)))
            left = [word for word in left if word not in here]
    return lines, left


def _of_evidence(
    found: dict[int, list[Matched]], missing: dict[int, list[str]], rows: EvidenceQuerySet[Evidence] | None
) -> None:
    if rows is None or not missing:
        return
    for word in dict.fromkeys(word for words in missing.values() for word in words):
        ids = [vendor_id for vendor_id, words in missing.items() if word in words]
        newest = (
            rows.saying(word)
            .filter(vendor_id__in=ids)
            .order_by("vendor_id", "-obtained_on", "-id")
            .distinct("vendor_id")
        )
        for row in newest.only("vendor_id", "public_id", "target", "source", "note"):
            text = row.note if _holds(row.note, word) else row.source
            label = FACTS[row.target].label if row.target in FACTS else row.target
            line = Matched(f"Evidence on “{label}”", marked(_around(text, word), [word]), row.public_id)
            if line not in found[row.vendor_id]:
                found[row.vendor_id].append(line)


def _holds(text: str, word: str) -> bool:
    return word.casefold() in text.casefold()


def _around(text: str, word: str) -> str:
    """The part of a long text around a word."""
    at = max(0, text.casefold().find(word.casefold()))
    first, last = max(0, at - AROUND), at + len(word) + AROUND
    return f"{'… ' if first else ''}{text[first:last].strip()}{' …' if last < len(text) else ''}"
