"""What the official records leave open at each of very many sites: complete, and without reading every record of each.

Most sites have nothing but inspections without official action and certificates. What those say follows from the latest day
of each class of record, and all classes of all sites are read in one statement for each of the two tables. Wherever something
may stand against a site, two records could be one, or a match was rejected by hand, its records are read and judged as its own
page does (`vendors.regulatory.history.open_matters`). Nothing is kept between two calls, so nothing can be missing or old.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, F, Max, Min, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from cdmo_eval.core.models import Organization
from vendors.models import PublicRecord, RecordMatch, Site, UploadedRecord
from vendors.regulatory.history import MATTERS, OpenMatters, matters_of_days, open_matters
from vendors.regulatory.inspections import FDA, classification_of, why_excluded
from vendors.regulatory.records import RegulatoryRecord
from vendors.selectors.regulatory import records_of_sites
from vendors.selectors.site_refs import SiteRef
from vendors.vocabulary import Classification, RecordKind

FEW = 200
"""Up to so many sites are named in the questions; of more, all of the organisation are read."""
_AGAINST = frozenset(
    {RecordKind.WARNING_LETTER, RecordKind.INJUNCTION, RecordKind.SEIZURE, RecordKind.IMPORT_ALERT, RecordKind.GMP_NONCOMPLIANCE}
)  # fmt: skip
_ENDS_BY_CLOSING = frozenset({RecordKind.WARNING_LETTER, RecordKind.IMPORT_ALERT})
"""Kinds of which a record that is closed stands against nobody any more, whatever else is known."""
_BY_EVENT = [RecordKind.INSPECTION.value, RecordKind.FORM_483.value]
_DATED = [*_BY_EVENT, RecordKind.GMP_CERTIFICATE.value]
_CLASS = ("kind", "authority", "classification", "product_area", "project_area")
_TABLES = ("public", "uploaded")


def matters_of_sites(
    organization: Organization, sites: Sequence[SiteRef], *, as_of: date
) -> dict[int, OpenMatters]:
    """What is open at each site on a day: the same as its own history says. At most thirteen queries."""
    by_number, by_match, rejected = _read(organization, sites, as_of=as_of)
    closely, quiet = [], {}
    matched, twofold = by_match.present(), by_number.twofold()
    nothing = matters_of_days(as_of=as_of, any_record=False)
    present = by_number.present()
    for site in sites:
        own, number = str(site.pk), site.fei_key
        if site.pk in rejected or own in matched or number in twofold:
            speaks = site.pk in rejected or _joined_speak(by_number, by_match, number, own)
        else:
            speaks = number in by_number.against
        if speaks:
            closely.append(site)
        elif number in present or own in matched:
            quiet[site.pk] = _of_days(by_number, by_match, number, own, as_of)
        else:
            quiet[site.pk] = nothing
    records = records_of_sites(organization, closely, kinds=MATTERS) if closely else {}
    doubtful = [site for site in closely if site.pk in rejected]
    # whether anything at all is left of a site that a record was taken from, all its records have to say
    left = records_of_sites(organization, doubtful) if doubtful else {}
    found = {
        pk: open_matters(rows, as_of=as_of, any_record=bool(left.get(pk, True)))
        for pk, rows in records.items()
    }
    return {site.pk: found[site.pk] if site.pk in found else quiet[site.pk] for site in sites}


@dataclass(slots=True)
class _Read:
    """What one read of all classes found, by establishment number or by site; days as ISO texts."""

    tables: dict[str, set[str]] = field(default_factory=lambda: {table: set() for table in _TABLES})
    against: set[str] = field(default_factory=set)
    """Where something may stand open."""
    official: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """The latest official action by project area."""
    better: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """The latest better inspection by project area."""
    counted: dict[str, str] = field(default_factory=dict)
    classified: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    certified: set[str] = field(default_factory=set)

    def present(self) -> set[str]:
        """Where anything is there."""
        return set().union(*self.tables.values())

    def twofold(self) -> set[str]:
        """Where both tables have something, so that a record of one may be one of the other."""
        return set.intersection(*self.tables.values())

    def unfollowed(self) -> set[str]:
        """Where an official action is not followed, in each of its areas, by a better inspection later than all of them."""
        last: dict[str, str] = {}
        for days in self.official.values():
            _keep_later(last, days.items())
        return {
            key
            for area, days in self.official.items()
            for key in days
            if not area.strip() or self.better.get(area, {}).get(key, "") <= last[key]
        }


def _keep_later(found: dict[str, str], days: Iterable[tuple[str, str]]) -> None:
    for key, day in days:
        if day > found.get(key, ""):
            found[key] = day


def _joined_speak(by_number: _Read, by_match: _Read, number: str, own: str) -> bool:
    """Whether the records of a site have to be looked at that has some by its number and some by matches, or of both tables."""
    tables = sum(number in by_number.tables[one] or own in by_match.tables[one] for one in _TABLES)
    acted = any(number in days for days in by_number.official.values())
    acted = acted or any(own in days for days in by_match.official.values())
    return tables > 1 or acted or number in by_number.against or own in by_match.against


def _of_days(by_number: _Read, by_match: _Read, number: str, own: str, as_of: date) -> OpenMatters:
    """A site with records at which nothing can stand open but a classification."""
    counted = max(by_number.counted.get(number, ""), by_match.counted.get(own, ""))
    classified = max(by_number.classified.get(number, ""), by_match.classified.get(own, ""))
    form = max(by_number.forms.get(number, ""), by_match.forms.get(own, ""))
    return matters_of_days(
        as_of=as_of,
        any_record=True,
        latest_on=date.fromisoformat(counted) if counted else None,
        pending=form > classified,
        certified=number in by_number.certified or own in by_match.certified,
    )


def _read(
    organization: Organization, sites: Sequence[SiteRef], *, as_of: date
) -> tuple[_Read, _Read, set[int]]:
    """By establishment number, by site (of matches that count), and the sites from which a record was taken: seven queries."""
    named = len(sites) <= FEW
    keys: Any = Site.objects.for_organization(organization).active().exclude(fei_key="").values("fei_key")
    matches = RecordMatch.objects.for_organization(organization).decided()
    if named:  # a list of thousands takes longer to read than the rows themselves
        keys = list({site.fei_key for site in sites if site.fei_key})
        matches = matches.filter(site_id__in=[site.pk for site in sites])
    by_number, by_match = _Read(), _Read()
    every: dict[str, Any] = {
        "public": PublicRecord.objects.active().filter(fei_key__in=keys),
        "uploaded": UploadedRecord.objects.for_organization(organization).active(),
    }
    every["uploaded"] = (
        every["uploaded"].filter(fei_key__in=keys) if named else every["uploaded"].exclude(fei_key="")
    )
    for table, rows in every.items():
        _tell(by_number, table, _classes(rows, F("fei_key"), "", as_of), as_of)
        by_number.against |= _split(rows)
        held = matches.filter(
            **{f"{table}_record__isnull": False, f"{table}_record__withdrawn_on": None, "rejected_on": None}
        )
        if table == "uploaded":
            held = held.filter(uploaded_record__retracted_on=None)
        _tell(
            by_match, table, _classes(held, Cast("site_id", TextField()), f"{table}_record__", as_of), as_of
        )
    by_number.against |= by_number.unfollowed()
    rejected = matches.filter(rejected_on__isnull=False).order_by().values_list("site_id", flat=True)
    return by_number, by_match, set(rejected)


def _split(rows: Any) -> set[str]:
    """Numbers with an inspection of which rows carry different days: its end is not each row's own day."""
    inspections = rows.filter(kind=RecordKind.INSPECTION.value).order_by().values("fei_key", "native_id")
    uneven = inspections.annotate(first=Min("event_on"), last=Max("event_on")).filter(first__lt=F("last"))
    return set(uneven.values_list("fei_key", flat=True))


def _classes(rows: Any, of: Any, record: str, as_of: date) -> Iterator[tuple[tuple[str, ...], bool, str]]:
    """Records by class, closed or not: "number:day" or "site:day" of each, in one text; the day where it is asked for."""
    event = Cast(f"{record}event_on", TextField())
    posted = Coalesce(event, Cast(f"{record}posted_on", TextField()))
    day = Case(
        When(**{f"{record}kind__in": _BY_EVENT}, then=event),
        When(**{f"{record}kind__in": _DATED}, then=posted),
        default=Value("", TextField()),
    )
    shut = Case(When(**{f"{record}closed_on__lte": as_of}, then=Value(True)), default=Value(False))  # noqa: FBT003
    pairs = StringAgg(
        Concat(of, Value(":", TextField()), Coalesce(day, Value("", TextField())), output_field=TextField()),
        ",",
    )
    columns = [record + name for name in _CLASS]
    grouped = rows.order_by().annotate(shut=shut).values_list(*columns, "shut").annotate(pairs=pairs)
    for *values, closed, joined in grouped:
        yield tuple(values), closed, joined


def _tell(
    found: _Read, table: str, classes: Iterable[tuple[tuple[str, ...], bool, str]], as_of: date
) -> None:
    """Sort what each class says."""
    last = as_of.isoformat()
    for shared, closed, joined in classes:
        kind, area = RecordKind(shared[0]), shared[4]
        pairs = [pair.split(":") for pair in set(joined.split(","))]
        keys = {key for key, _ in pairs}
        found.tables[table] |= keys
        if kind in _AGAINST and not (closed and kind in _ENDS_BY_CLOSING):
            found.against |= keys
        if kind.value not in _DATED:
            continue
        known = [(key, day) for key, day in pairs if day and day <= last]
        if kind is RecordKind.FORM_483:
            _keep_later(found.forms, known)
        elif kind is RecordKind.GMP_CERTIFICATE:
            found.certified |= {key for key, _ in known}
        else:
            counted, classified = _inspects(shared)
            if counted:
                _keep_later(found.counted, known)
                acted = shared[2] == Classification.OAI
                _keep_later((found.official if acted else found.better)[area], known)
            if classified:
                _keep_later(found.classified, known)


@lru_cache(maxsize=4096)
def _inspects(shared: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether inspections of a class count in the score, and whether they settle a Form 483."""
    given = dict(zip(_CLASS, shared, strict=True)) | {"kind": RecordKind.INSPECTION}
    record = RegulatoryRecord(**given)  # type: ignore[arg-type]
    return not why_excluded(record), record.authority == FDA and classification_of(record) is not None
