"""The ranking of a scorecard as an export."""

from typing import BinaryIO
from uuid import UUID

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission, require
from scorecards.engine.digest import canonical_json
from scorecards.exporting import all_rankings
from scorecards.exporting.asking import TABLE, Asked, Kind, Subject
from scorecards.exporting.content import RankingContent
from scorecards.exporting.dossier.frozen import Frozen
from scorecards.exporting.dossier.pdf import write_pdf
from scorecards.exporting.finding import find_scorecard
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.ranking import ranking_document
from scorecards.exporting.tables import Document
from scorecards.exporting.writers import TABULAR
from scorecards.models.export import ExportFormat, ExportKind
from scorecards.selectors.visibility import check_visible
from scorecards.services.snapshots import published_document
from scorecards.snapshots.document import digest_of

MOST_PRINTED = 1_000


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A scorecard that was calculated and whose scores may be seen; every such scorecard where none is named."""
    if subject_id is None:
        return Subject(f"All scorecards of {actor.organization.name}")
    scorecard = find_scorecard(actor, subject_id)
    check_visible(scorecard)
    if getattr(scorecard, "last_run", None) is None:
        raise Conflict("This scorecard has not been calculated yet.", code="not_calculated")
    return Subject(scorecard.name, scorecard.public_id, scorecard)


def document(asked: Asked) -> Document:
    """Everything of it; of all scorecards, their rows."""
    if asked.subject.row is None:
        return all_rankings.document(asked)
    return ranking_document(RankingContent(asked.subject.row, by=asked.actor, now=asked.now))


def pdf(asked: Asked, target: BinaryIO) -> str:
    """The calculation to read and print: the dossier's pages, of what is published now, signed by nobody.

    Raises Conflict unless it is fresh, and for more candidates than anybody reads.
    """
    require(asked.actor, Permission.VIEW_COMMERCIAL)
    scorecard = asked.subject.row
    if int(scorecard.last_run["candidates"]) > MOST_PRINTED:
        raise Conflict(
            f"A PDF holds at most {MOST_PRINTED:,} candidates. Take the workbook.", code="too_many"
        )
    content = published_document(scorecard=scorecard, now=asked.now)
    digest = digest_of(canonical_json(content))
    target.write(write_pdf(Frozen(content, digest, 0, "", asked.actor.name, asked.now, exported=True)))
    return (
        f"{safe_file_name(scorecard.name)}-calculation-{content['run']['number']}-{content['run']['as_of']}"
    )


def check(asked: Asked) -> None:
    """Of all scorecards there are their rows only."""
    if asked.subject.row is None and asked.options.get(TABLE, "results") != "results":
        message = "Of all scorecards together there is the table results; name one scorecard for the others."
        raise Invalid(message, errors=[FieldError(TABLE, "unknown_table", message)])


KIND = Kind(
    ExportKind.RANKING,
    "scorecard",
    find,
    document,
    tables=("results", "criteria", "weights", "evidence", "method"),
    formats=(*TABULAR, ExportFormat.PDF),
    whole={ExportFormat.PDF: pdf},
    subject_needed=False,
    about_all="All scorecards",
    check=check,
)
