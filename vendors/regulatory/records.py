"""One official record about a site, of any kind, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from vendors.vocabulary import RecordKind

UNNUMBERED = "unnumbered: "
"""How the native id of a letter or citation begins whose source states no number; words and a day follow."""


class NaturalKey(NamedTuple):
    """What makes two rows the same official record, wherever they came from."""

    authority: str
    kind: RecordKind
    native_id: str
    fei: str
    project_area: str
    product_area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulatoryRecord:
    """An official record. A blank text and a missing date mean unknown.

    What the shared fields hold, where it differs by kind:

    ========================  ===============================================================================
    INSPECTION                native_id the inspection; event_on its end; classification NAI, VAI or OAI;
                              one record per project area
    CITATION                  native_id the inspection; event_on its end; cfr the section cited; scope in words
    FORM_483                  native_id its number in FDA's reading room; event_on the date of the form
    WARNING_LETTER            native_id the case; event_on the letter; scope its subject; closed_on the
                              close-out letter
    INJUNCTION, SEIZURE       native_id the case; classification may say "consent decree"; closed_on together
                              with closed_by_document a release entered by hand
    COURT_RELEASE             native_id the case that it releases; event_on the release
    IMPORT_ALERT              classification the number of the alert ("66-40"); closed_on the date of the
                              first reading of the list without the firm
    RECALL                    native_id the event; event_on its classification by FDA; classification "Class I"
                              to "Class III"; scope the reason; project_area whether the cause is quality, as
                              one event has products of several causes; closed_on its termination
    REGISTRATION              native_id the DUNS number; scope the operations; closed_on the day it expires
    GMP_CERTIFICATE,          native_id the certificate; event_on the end of the inspection; posted_on the
    GMP_NONCOMPLIANCE         issue; scope the operations covered; project_area the place (EMA's LOC number);
                              closed_on a withdrawal
    ========================  ===============================================================================
    """

    kind: RecordKind
    authority: str
    native_id: str = ""
    fei: str = ""
    firm: str = ""
    city: str = ""
    country: str = ""
    """City and country as the source writes them: with the firm they find the site of a record without FEI."""
    event_on: date | None = None
    posted_on: date | None = None
    classification: str = ""
    product_area: str = ""
    project_area: str = ""
    cfr: str = ""
    scope: str = ""
    closed_on: date | None = None
    closed_by_document: str = ""
    source: str = ""
    read_on: date | None = None
    raw: Mapping[str, str] = field(default_factory=dict, compare=False)
    record_id: str = ""
    """The caller's own identifier (a public id), carried into explanations."""

    @property
    def natural_key(self) -> NaturalKey:
        """The key under which the record is stored once."""
        return NaturalKey(
            self.authority, self.kind, self.native_id, self.fei, self.project_area, self.product_area
        )

    @property
    def case_number(self) -> str:
        """The native id where the source stated one; "" where the id was made of the firm and the day."""
        return "" if self.native_id.startswith(UNNUMBERED) else self.native_id

    @property
    def happened_on(self) -> date | None:
        """The event's date, else its posting; a listed firm without a date counts from the reading."""
        if self.kind is RecordKind.IMPORT_ALERT:
            return self.event_on or self.posted_on or self.read_on
        return self.event_on or self.posted_on

    def closed_by(self, as_of: date) -> bool:
        """Whether the record was closed on or before a day."""
        return self.closed_on is not None and self.closed_on <= as_of

    @property
    def label(self) -> str:
        """How explanations name the record, for example "Inspection 1264264"."""
        return f"{self.kind.label} {self.case_number}".strip()


@lru_cache(maxsize=8192)
def same_words(text: str) -> str:
    """The form in which names of areas, product types and subjects are compared."""
    return " ".join(text.split()).casefold().replace("labelling", "labeling")
