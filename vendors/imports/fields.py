"""The columns that a file of vendors may have: what each means, its type and what it allows.

The catalogue follows the profile: plain columns are listed here, scored ones come from the catalogue of facts.
It is the one source of the template, of the documentation and of the checks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db.models import Model

from vendors import vocabulary as words
from vendors.facts import FACTS
from vendors.models import Capability, Site, Vendor
from vendors.models.site import CONTROLLED_SCHEDULES
from vendors.services.columns import LARGEST_COUNT, ScoredColumn, scored_columns, service_columns
from vendors.vocabulary import Code, ServiceCode

EXTERNAL_SYSTEM = "import"
"""The system of an external id when the file names none."""

LARGEST_SIZE = 1e21
"""Above any batch in vector genomes; the facts allow no more."""


class Kind(StrEnum):
    """How a cell is read, with the words that explain it."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    TEXT = "text", "text"
    WORDS = "words", "text"
    URL = "url", "web address"
    WHOLE = "whole", "whole number"
    NUMBER = "number", "number"
    YES_NO = "yes_no", "yes or no"
    CHOICE = "choice", "one of a list"
    CHOICES = "choices", "several of a list, separated by ;"
    TEXTS = "texts", "several texts, separated by ;"
    COUNTRY = "country", "country (two-letter code or name)"
    DAY = "day", "date (YYYY-MM-DD)"
    FEI = "fei", "FEI number (7 to 10 digits)"
    DUNS = "duns", "DUNS number (9 digits, leading zeros count)"
    EMA_ORGANISATION = "ema_organisation", "ORG- and 9 digits"
    EMA_LOCATION = "ema_location", "LOC- and 9 digits"
    IDS = "ids", "name=id pairs, separated by ;"
    COUNTS = "counts", "code=count pairs, separated by ;"
    ROWS = "rows", "entries separated by ;, their parts by :"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportField:
    """One column of the file. `path` is its name ("site.fei"); `fact` the scored column it speaks of, if any."""

    path: str
    meaning: str
    kind: Kind
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    places: int = 6
    max_length: int = 2_000
    unit: str = ""
    fact: ScoredColumn | None = None

    @property
    def entity(self) -> str:
        """What the field belongs to: vendor, site, capability, service or evidence."""
        return self.path.partition(".")[0]

    @property
    def column(self) -> str:
        """The last part of the path: the column of the profile."""
        return self.path.rpartition(".")[2]

    @property
    def labels(self) -> Mapping[str, str]:
        """What the vocabulary calls the options; empty when they are of no single vocabulary."""
        return _labels().get(frozenset(self.options), {})

    @property
    def type_in_words(self) -> str:
        """The type as the template explains it."""
        said = self.kind.label
        if self.kind in {Kind.TEXT, Kind.WORDS}:
            return f"{said} (up to {self.max_length} characters)"
        if self.kind in {Kind.WHOLE, Kind.NUMBER} and self.low is not None:
            open_end = self.high is None or self.high >= LARGEST_COUNT
            said += f", at least {self.low:g}" if open_end else f" from {self.low:g} to {self.high:g}"
        return f"{said}, {self.unit}" if self.unit else said


_NOT_NEGATIVE: Mapping[str, Any] = MappingProxyType({"low": 0, "high": LARGEST_SIZE})
_COUNT: Mapping[str, Any] = MappingProxyType({"low": 0, "high": LARGEST_COUNT})
_YEAR: Mapping[str, Any] = MappingProxyType({"low": 1600, "high": 2200})


def _of(vocabulary: type[Code]) -> dict[str, Any]:
    """The options of a closed vocabulary."""
    return {"options": tuple(member.value for member in vocabulary)}


_PLAIN: tuple[tuple[str, Kind, str, Mapping[str, Any]], ...] = (
    ("vendor.external_id", Kind.TEXT, "Id of the vendor in another system: the first key of a row", {"max_length": 200}),
    ("vendor.external_system", Kind.TEXT, f'That system ("{EXTERNAL_SYSTEM}" when blank)', {"max_length": 64}),
    ("vendor.name", Kind.TEXT, "Name of the vendor; needed for a new one", {}),
    ("vendor.legal_name", Kind.TEXT, "Registered name", {}),
    ("vendor.parent", Kind.TEXT, "Parent company", {}),
    ("vendor.hq_country", Kind.COUNTRY, "Country of the head office", {}),
    ("vendor.website", Kind.URL, "Website", {}),
    ("vendor.founded_year", Kind.WHOLE, "Year of foundation", _YEAR),
    ("vendor.employees", Kind.WHOLE, "Number of employees", _COUNT),
    ("vendor.languages", Kind.TEXTS, "Working languages", {}),
    ("vendor.timezones", Kind.TEXTS, "Time zones, such as Europe/Berlin", {}),
    ("site.external_id", Kind.TEXT, "Id of the site in another system: key of the site without an FEI", {"max_length": 200}),
    ("site.external_system", Kind.TEXT, f'That system ("{EXTERNAL_SYSTEM}" when blank)', {"max_length": 64}),
    ("site.fei", Kind.FEI, "FDA establishment number: the first key of the site", {}),
    ("site.name", Kind.TEXT, "Name of the site; the vendor's name when blank", {}),
    ("site.address", Kind.TEXT, "Street address", {}),
    ("site.city", Kind.TEXT, "City", {}),
    ("site.lat", Kind.NUMBER, "Latitude", {"low": -90, "high": 90, "places": 5, "unit": "degrees"}),
    ("site.lon", Kind.NUMBER, "Longitude", {"low": -180, "high": 180, "places": 5, "unit": "degrees"}),
    ("site.duns", Kind.DUNS, "DUNS number", {}),
    ("site.ema_org_id", Kind.EMA_ORGANISATION, "EMA organisation id", {}),
    ("site.ema_loc_id", Kind.EMA_LOCATION, "EMA location id", {}),
    ("site.mia_number", Kind.TEXT, "Number of the EU manufacturing authorisation", {}),
    ("site.mhra_licence", Kind.TEXT, "Number of the UK licence", {}),
    ("site.other_ids", Kind.IDS, "Ids of other registers", {"max_length": 200}),
    ("site.dea_registered", Kind.YES_NO, "Registered for controlled substances in the US", {}),
    ("site.opened", Kind.WHOLE, "Year of opening", _YEAR),
    ("site.status", Kind.CHOICE, "Whether the site works", _of(words.SiteStatus)),
    ("site.commercial_products", Kind.WHOLE, "Number of commercial products made", _COUNT),
    ("site.languages", Kind.TEXTS, "Working languages", {}),
    ("site.timezone", Kind.TEXT, "Time zone, such as Europe/Berlin", {}),
    ("capability.modality", Kind.CHOICE, "Modality; with the operation the key of the capability", _of(words.Modality)),
    ("capability.modality_text", Kind.TEXT, "The modality in words when it is OTHER", {}),
    ("capability.operation", Kind.CHOICE, "Operation", _of(words.Operation)),
    ("capability.tags", Kind.CHOICES, "Tags of the modality", _of(words.ModalityTag)),
    ("capability.batch_unit", Kind.CHOICE, "Unit of scale_min, scale_max and train_size", _of(words.BatchUnit)),
    ("capability.train_size", Kind.NUMBER, "Size of one train, in the batch unit", _NOT_NEGATIVE),
    ("capability.trains", Kind.WHOLE, "Number of trains", _COUNT),
    ("capability.rate_unit", Kind.CHOICE, "Unit of annual_capacity", _of(words.RateUnit)),
)  # fmt: skip

_EVIDENCE: tuple[tuple[str, Kind, str, Mapping[str, Any]], ...] = (
    ("evidence.grade", Kind.CHOICE, "How well the row's scored values are known (D when blank)", _of(words.Grade)),
    ("evidence.claim_type", Kind.CHOICE, "Claimed (when blank) or verified; verified needs the permission, a grade of A to C and a review by somebody else", _of(words.ClaimType)),
    ("evidence.obtained_on", Kind.DAY, "Day the values were obtained (today when blank)", {}),
    ("evidence.valid_until", Kind.DAY, "Last day the values hold", {}),
    ("evidence.source", Kind.TEXT, "Where the values come from (the file's name when blank)", {"max_length": 500}),
    ("evidence.source_url", Kind.URL, "Address of the source", {"max_length": 1000}),
    ("evidence.reviewed_by", Kind.TEXT, "Who reviewed verified values", {"max_length": 200}),
    ("evidence.reviewed_on", Kind.DAY, "Day of the review", {}),
    ("evidence.confidentiality", Kind.CHOICE, "Who may see the values (public when blank)", _of(words.Confidentiality)),
    ("evidence.note", Kind.TEXT, "Remark", {}),
)  # fmt: skip

_MODELS: Mapping[str, type[Model]] = MappingProxyType(
    {"vendor": Vendor, "site": Site, "capability": Capability}
)
_KIND_OF_SCHEMA = {
    "number": Kind.NUMBER,
    "rubric": Kind.WHOLE,
    "yes_no": Kind.YES_NO,
    "choice": Kind.CHOICE,
    "choices": Kind.CHOICES,
    "date": Kind.DAY,
    "counts": Kind.COUNTS,
    "rows": Kind.ROWS,
    "text": Kind.TEXT,
}


@cache
def import_fields() -> Mapping[str, ImportField]:
    """Every field by its path, in the order of the template."""
    found: list[ImportField] = []
    for entity in ("vendor", "site", "capability"):
        found += [_plain(*row) for row in _PLAIN if row[0].startswith(f"{entity}.")]
        found += _scored(entity, scored_columns(_MODELS[entity]))
    for service in ServiceCode:
        found += _scored(f"service.{service.value}", service_columns(service.value))
    found += [ImportField(path=path, kind=kind, meaning=text, **more) for path, kind, text, more in _EVIDENCE]
    return MappingProxyType({field.path: field for field in found})


def _plain(path: str, kind: Kind, meaning: str, more: Mapping[str, Any]) -> ImportField:
    """A plain column, with the length that its table allows."""
    entity, _, column = path.partition(".")
    details = dict(more)
    if "max_length" not in details and not column.startswith("external_"):
        details |= _length(_MODELS[entity], column)
    return ImportField(path=path, kind=kind, meaning=meaning, **details)


def _length(model: type[Model], column: str) -> dict[str, Any]:
    field = model._meta.get_field(column)
    if isinstance(field, ArrayField):
        field = field.base_field
    length = getattr(field, "max_length", None)
    return {"max_length": length} if length else {}


def _scored(prefix: str, columns: Iterable[ScoredColumn]) -> list[ImportField]:
    """The fields of scored columns; units are plain columns of their own."""
    found = []
    for scored in columns:
        fact = FACTS[scored.code]
        schema: Any = fact.schema
        if schema.kind == "record":
            for part, column in zip(schema.parts, scored.columns, strict=True):
                found.append(
                    ImportField(
                        path=f"{prefix}.{column}",
                        meaning=f"{fact.label}: {'date' if part.kind == 'date' else part.name}",
                        kind=Kind.DAY if part.kind == "date" else _KIND_OF_SCHEMA[part.kind],
                        low=part.low if part.kind == "number" else None,
                        high=part.high,
                        places=2,
                        fact=scored,
                        options=part.options,
                    )
                )
            continue
        found.append(_of_fact(prefix, scored, schema))
    return found


def _of_fact(prefix: str, scored: ScoredColumn, schema: Any) -> ImportField:
    """The field of a fact that fills one column."""
    fact, column = FACTS[scored.code], scored.columns[0]
    kind, low, high = _KIND_OF_SCHEMA[schema.kind], None, None
    options: tuple[str, ...] = getattr(schema, "options", ())
    if schema.kind in {"number", "rubric"}:
        low, high = schema.low, schema.high
        if schema.kind == "number" and schema.integer:
            kind, high = Kind.WHOLE, LARGEST_COUNT if high is None else high
        elif high is None:
            high = LARGEST_SIZE
    elif column in {"country", "owner_country"}:
        kind, options = Kind.COUNTRY, ()
    elif column == "controlled_schedules":
        options = CONTROLLED_SCHEDULES
    elif schema.kind == "choices" and not options:
        kind = Kind.TEXTS
    places = 6
    if kind is Kind.NUMBER:
        places = getattr(scored.model._meta.get_field(column), "decimal_places", 6)
    return ImportField(
        path=f"{prefix}.{column}",
        meaning=f"{fact.label}. {fact.question}",
        kind=kind,
        low=low,
        high=high,
        places=places,
        unit=fact.unit if kind in {Kind.WHOLE, Kind.NUMBER} else "",
        fact=scored,
        options=options,
    )


@cache
def _labels() -> Mapping[frozenset[str], Mapping[str, str]]:
    """Labels by the set of codes."""
    return {
        frozenset(member.value for member in vocabulary): MappingProxyType(
            {member.value: member.label for member in vocabulary}
        )
        for vocabulary in Code.__subclasses__()
    }


def allowed_values(field: ImportField) -> str:
    """What a cell may hold, for the template: codes, or the order of an entry's parts."""
    if field.kind is Kind.ROWS and field.fact is not None:
        schema: Any = FACTS[field.fact.code].schema
        return ":".join(part.name if part.needed else f"[{part.name}]" for part in schema.parts)
    if field.kind is Kind.YES_NO:
        return "yes, no"
    if len(field.options) > _MOST_SHOWN:
        named = [code for code in field.options if code in words.Market.__members__]
        return f"{', '.join(named)} or a two-letter country code"
    return ", ".join(field.options)


_MOST_SHOWN = 60
