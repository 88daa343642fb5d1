"""One entry of the catalogue of facts, and what is common to entries."""

from dataclasses import dataclass

from vendors.facts.schema import ValueSchema
from vendors.vocabulary import COUNTRY_CODES, Market, SubjectType

VENDOR = (SubjectType.VENDOR,)
SITE = (SubjectType.SITE, SubjectType.VENDOR)
"""A vendor-level record also applies to each of the vendor's sites."""
CAPABILITY = (SubjectType.CAPABILITY, SubjectType.SITE, SubjectType.VENDOR)
SERVICE = (SubjectType.SITE, SubjectType.VENDOR)
OFFER = (SubjectType.PROPOSAL, SubjectType.CANDIDATE)
"""Facts of one offer only."""
OFFER_OR_VENDOR = (SubjectType.PROPOSAL, SubjectType.CANDIDATE, SubjectType.VENDOR)
"""Facts of the offer that a master agreement or references with the vendor can show as well."""

COUNTRIES = tuple(sorted(COUNTRY_CODES))
MARKETS = (
    *(market.value for market in Market),
    *(code for code in COUNTRIES if code not in Market.__members__),
)
"""Every market that may be named: those with a code of their own, then countries."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What evidence can be about.

    ``code`` is a criterion's id or a field path ("site.dpmm_level"). ``fresh_months`` and
    ``expire_months`` are the ages at which a record of it begins to age and begins to be stale. ``column``
    is the column of the profile that the winning record fills, "" when there is none. ``question`` is how a
    vendor is asked, in words.
    """

    code: str
    subjects: tuple[SubjectType, ...]
    schema: ValueSchema
    unit: str
    fresh_months: int
    expire_months: int
    scope_parts: tuple[str, ...]
    label: str
    question: str
    column: str = ""
