"""Audit events in words: what kind of row, which one, and each field old → new as a person would say it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model

from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.subjects import address_of
from cdmo_eval.core.templatetags.display import UNKNOWN, day, moment
from cdmo_eval.http.core_api.audit_events import INTERNAL, OPERATIONS, is_commercial

SILENT = INTERNAL | {"version", "updated_at", "created_at", "digest"}
"""Columns that change by themselves, or say nothing to a person."""
NAMES = (
    "name",
    "title",
    "label",
    "code",
    "target",
    "email",
    "slug",
    "kind",
    "section",
    "operation",
    "number",
)
"""Columns by which a row is called, best first."""
LONGEST = 160
FOLDED = 3
"""So many events of a system job in a row are folded."""
BELONGS = (
    ("vendor_id", "vendor"),
    ("scorecard_id", "scorecard"),
    ("shortlist_id", "shortlist"),
    ("questionnaire_id", "questionnaire"),
)
"""Columns that name what a row belongs to, and the kind of thing whose page is linked."""

References = Mapping[tuple[type[Model], int], Model]


@dataclass(frozen=True)
class Change:
    """One field before and after, in words."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Event:
    """One change of one row, ready to be read."""

    at: datetime
    actor: str
    verb: str
    noun: str
    name: str
    reason: str
    changes: tuple[Change, ...]
    withheld: bool
    table: str
    public_id: str
    url: str = ""
    """The page of the row, or of what it belongs to; "" where there is none."""
    by_person: bool = True


@dataclass(frozen=True)
class Run:
    """Events that stand together: one by one, or folded when the product itself did several in a row."""

    events: tuple[Event, ...]
    folded: bool


@dataclass(frozen=True)
class Day:
    """One day's events, newest first."""

    on: date
    events: tuple[Event, ...]

    @property
    def runs(self) -> list[Run]:
        """The events with those of system jobs folded."""
        groups = groupby(self.events, key=lambda event: "" if event.by_person else event.actor)
        return [
            Run(events, folded=bool(system) and len(events) >= FOLDED)
            for system, events in ((system, tuple(group)) for system, group in groups)
        ]


def by_day(events: Iterable[Event]) -> list[Day]:
    """Events under day headings (UTC), in the order given."""
    return [Day(on, tuple(group)) for on, group in groupby(events, key=lambda event: event.at.date())]


def read_events(rows: Iterable[AuditEvent], *, commercial: bool) -> list[Event]:
    """Events for a reader; commercial content only with `commercial`. One query for each referenced table."""
    listed = list(rows)
    references = _references(listed)
    return [_event(row, references, commercial=commercial) for row in listed]


def _event(row: AuditEvent, references: References, *, commercial: bool) -> Event:
    old, new = row.old or {}, row.new or {}
    withheld = not commercial and is_commercial(row.table_name, old, new)
    state = new or old
    changes = () if withheld else _changes(row.table_name, old, new, references, verb=row.op)
    return Event(
        at=row.at,
        actor=row.actor_name or "the product",
        verb=OPERATIONS[row.op],
        noun=noun(row.table_name),
        name="" if withheld else _name(state),
        reason=row.reason,
        changes=changes,
        withheld=withheld,
        table=row.table_name,
        public_id=str(state.get("public_id") or ""),
        url="" if row.op == "D" else _url(row.table_name, state, references),
        by_person=row.actor_id != row.actor_name,
    )


def _url(table: str, state: Mapping[str, Any], references: References) -> str:
    """Where the row stands: on a page of its own, else on the page of what it belongs to."""
    kind = table.rpartition("_")[2]
    if state.get("public_id") and (url := address_of(kind, state["public_id"], {})):
        return url
    for column, parent_kind in BELONGS:
        target = _target(table, column) if isinstance(state.get(column), int) else None
        parent = references.get((target, state[column])) if target else None
        if parent is not None:
            return address_of(parent_kind, getattr(parent, "public_id", ""), {})
    return ""


def _changes(
    table: str, old: Mapping[str, Any], new: Mapping[str, Any], references: References, *, verb: str
) -> tuple[Change, ...]:
    found = []
    for column in {**old, **new}:
        before, after = old.get(column), new.get(column)
        if column in SILENT or before == after:
            continue
        if verb == "I" and after in ("", None, [], {}, False):
            continue  # a new row's blanks are no news
        if verb == "U" and isinstance(before, dict) and isinstance(after, dict):
            before, after = _apart(before, after)
        found.append(
            Change(
                field_words(table, column),
                _words(table, column, before, references) if verb != "I" else "",
                _words(table, column, after, references) if verb != "D" else "",
            )
        )
    return tuple(found)


def _apart(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Two maps without what they share."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return (
        {key: before[key] for key in keys if key in before},
        {key: after[key] for key in keys if key in after},
    )


def _name(state: Mapping[str, Any]) -> str:
    for column in NAMES:
        if isinstance(state.get(column), str) and state[column]:
            return str(state[column])
    return ""


@cache
def _models() -> Mapping[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


@cache
def noun(table: str) -> str:
    """What a row of a table is called."""
    model = _models().get(table)
    return str(model._meta.verbose_name) if model else table.replace("_", " ")


def tables() -> list[tuple[str, str]]:
    """Audited kinds of rows, for a filter: (table, word), by word."""
    found = [
        (name, noun(name).capitalize())
        for name, model in _models().items()
        if getattr(model, "audited", False)
        or name in {"core_membership", "core_apitoken", "core_organization"}
    ]
    return sorted(found, key=lambda pair: pair[1])


@cache
def field_words(table: str, column: str) -> str:
    """A column as a label."""
    model = _models().get(table)
    name = column
    if model is not None:
        by_column = {one.column: one for one in model._meta.concrete_fields}
        found = by_column.get(column)
        name = str(found.verbose_name) if found is not None else column.removesuffix("_id")
    return name.replace("_", " ").replace(" pct", ", %").capitalize()


@cache
def _target(table: str, column: str) -> type[Model] | None:
    model = _models().get(table)
    if model is None:
        return None
    try:
        found = model._meta.get_field(column.removesuffix("_id"))
    except FieldDoesNotExist:
        return None
    related = found.related_model if isinstance(found, ForeignKey) else None
    return related if isinstance(related, type) else None


def _references(rows: Iterable[AuditEvent]) -> References:
    """The rows that are referenced: what they are called, and where they stand."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for row in rows:
        for state in (row.old, row.new):
            for column, value in (state or {}).items():
                target = _target(row.table_name, column) if column.endswith("_id") else None
                if target is not None and isinstance(value, int) and column not in INTERNAL:
                    wanted[target].add(value)
    return {
        (target, row.pk): row
        for target, keys in wanted.items()
        for row in target._default_manager.filter(pk__in=keys)
    }


def _words(table: str, column: str, value: Any, references: References) -> str:
    target = _target(table, column) if column.endswith("_id") else None
    if target is not None and isinstance(value, int):
        return str(references.get((target, value), "a row that is gone"))
    return plain(value)


def plain(value: Any) -> str:
    """A JSON value in words, shortened when very long."""
    if value is None or value in ("", [], {}):
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        said = ", ".join(plain(one) for one in value)
    elif isinstance(value, dict):
        said = ", ".join(f"{key.replace('_', ' ')}: {plain(part)}" for key, part in value.items())
    elif isinstance(value, str):
        said = _date_words(value)
    else:
        said = str(value)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def _date_words(text: str) -> str:
    if len(text) < 10 or text[4:5] != "-":
        return text
    try:
        return day(date.fromisoformat(text)) if len(text) == 10 else moment(datetime.fromisoformat(text))
    except ValueError:
        return text
