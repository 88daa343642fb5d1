"""What can be asked for: kinds of exports, what each is about, and who may have it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO
from uuid import UUID

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.exporting.tables import Document
from scorecards.exporting.writers import ONE_TABLE, TABULAR
from scorecards.models.export import ExportFormat, ExportKind

TABLE, MARK = "table", "bom"


@dataclass(frozen=True)
class Subject:
    """What an export is about. `row` is None for what is about the organisation."""

    name: str
    id: UUID | None = None
    row: Any = None


@dataclass(frozen=True)
class Asked:
    """A request, by somebody who may make it."""

    actor: Actor
    subject: Subject
    options: Mapping[str, Any]
    now: datetime

    @property
    def commercial(self) -> bool:
        """Whether this reader may see offers and commercial records."""
        return allows(self.actor, Permission.VIEW_COMMERCIAL)

    def day(self, name: str) -> date | None:
        """An option that is a date."""
        text = self.options.get(name)
        return date.fromisoformat(text) if text else None

    def ids(self, name: str) -> list[UUID]:
        """An option that is a list of ids."""
        return [UUID(text) for text in self.options.get(name, ())]


@dataclass(frozen=True)
class Kind:
    """One kind of export.

    `find` gives the subject for an actor and a public id (None where none was given), or raises NotFound or Invalid;
    `document` reads it. `whole` are formats that are written in one go. `commercial` says that more is in it for those
    who may see offers. `options` are those it understands, beside the table and the byte order mark; `check` refuses what cannot be answered,
    before anything is recorded. `about_all` names what is had where no subject is given, for kinds that mostly have one.
    """

    code: ExportKind
    subject_type: str
    find: Callable[[Actor, UUID | None], Subject]
    document: Callable[[Asked], Document]
    tables: tuple[str, ...]
    permissions: tuple[Permission, ...] = ()
    formats: tuple[ExportFormat, ...] = TABULAR
    options: frozenset[str] = frozenset()
    whole: Mapping[ExportFormat, Callable[[Asked, BinaryIO], str]] = field(default_factory=dict)
    commercial: bool = True
    subject_needed: bool = True
    about_all: str = ""
    check: Callable[[Asked], None] = lambda _: None

    def formats_for(self, subject: Subject) -> tuple[ExportFormat, ...]:
        """The formats there are: what is written in one go is about one thing."""
        if subject.id is not None or not self.about_all:
            return self.formats
        return tuple(one for one in self.formats if one not in self.whole)

    def needs(self, actor: Actor) -> list[str]:
        """The permissions that what this actor gets rests on."""
        found = [Permission.EXPORT, *self.permissions]
        if self.commercial and allows(actor, Permission.VIEW_COMMERCIAL):
            found.append(Permission.VIEW_COMMERCIAL)
        return list(dict.fromkeys(permission.value for permission in found))


def checked_options(
    kind: Kind, file_format: ExportFormat, given: Mapping[str, Any], subject: Subject
) -> dict[str, Any]:
    """The options as they are kept. Raises Invalid for those this kind or format does not have."""
    options = {name: value for name, value in given.items() if value not in (None, "", [], False)}
    offered = kind.formats_for(subject)
    if file_format not in offered:
        raise _refused(
            "format",
            "not_offered",
            f"{kind.code.label}: choose {', '.join(one.value for one in offered)}.",
        )
    known = set(kind.options)
    if file_format in ONE_TABLE:
        known.add(TABLE)
    if file_format is ExportFormat.CSV:
        known.add(MARK)
    for name in options:
        if name not in known:
            raise _refused(
                name, "not_offered", f"{kind.code.label} as {file_format.label} has no such option."
            )
    if options.get(TABLE, kind.tables[0]) not in kind.tables:
        raise _refused(TABLE, "unknown_table", f"The tables are: {', '.join(kind.tables)}.")
    return options


def _refused(name: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(name, code, message)])


def no_subject(organization_words: str) -> Callable[[Actor, UUID | None], Subject]:
    """For kinds about the organisation."""

    def find(actor: Actor, subject_id: UUID | None) -> Subject:
        if subject_id is not None:
            raise _refused(
                "subject", "not_needed", "This is about the whole organisation: leave the subject out."
            )
        return Subject(f"{organization_words} of {actor.organization.name}")

    return find


def needed(subject_id: UUID | None, what: str) -> UUID:
    """The id, or Invalid when it is missing."""
    if subject_id is None:
        raise _refused("subject", "required", f"Say which {what}.")
    return subject_id
