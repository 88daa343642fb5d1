"""The directory's facets with their counts, and its filters in force as chips."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import QueryDict

from vendors import vocabulary as words
from vendors.batch_bands import BAND_BY_CODE, BANDS
from vendors.imports.countries import country_name
from vendors.models import RegulatoryState
from vendors.must_haves import SCORECARD, STATE, MustHaveState
from vendors.selectors.agreements import AgreementState
from vendors.selectors.directory import UNKNOWN, DirectoryIndex
from vendors.vocabulary import Code

FoundBy = Callable[[QueryDict], set[int]]
"""The keys of the vendors that an address finds."""
FACETS: tuple[tuple[str, str, bool], ...] = (
    ("modality", "Modality", True),
    ("phase", "Phase", True),
    ("operation", "Operation", False),
    ("batch", "Largest batch", False),
    ("region", "Region", True),
    (STATE, "Must-haves", False),
    ("country", "Country", False),
    ("service", "Service", False),
    ("regulatory_state", "Regulatory record", False),
    ("freshness", "Age of evidence", False),
    ("qualification", "Qualification", False),
    ("agreement", "Confidentiality agreement", False),
)
"""Name, label, and whether it is open before anything is chosen."""
NO_UNKNOWN = frozenset({"regulatory_state", "agreement", STATE})
"""Here values of their own say so: "no record found", "no agreement", "unknown, none failed"."""
SAID_WITH_FACET = frozenset({"freshness", "qualification", "batch", "agreement", STATE})
"""A chip of these names its facet: the value alone does not say of what."""
_VOCABULARIES: Mapping[str, type[Code]] = {
    "modality": words.Modality,
    "phase": words.Phase,
    "operation": words.Operation,
    "region": words.Region,
    "service": words.ServiceCode,
    "freshness": words.Freshness,
    "qualification": words.QualificationStatus,
}


def _label(codes: type[Code], value: str) -> str:
    return codes(value).label if value in set(codes) else value


def short_modality(code: str) -> str:
    """A modality without the examples in brackets."""
    return _label(words.Modality, code).partition(" (")[0]


def facet_label(facet: str, code: str) -> str:
    """A facet's value in words."""
    if facet == STATE:
        return MustHaveState(code).label if code in set(MustHaveState) else code
    if code == UNKNOWN:
        return "Unknown"
    if facet == "country":
        return country_name(code)
    if facet == "regulatory_state":
        return RegulatoryState(code).label if code in RegulatoryState.values else code
    if facet == "agreement":
        return AgreementState(code).label if code in set(AgreementState) else code
    if facet == "batch":
        return BAND_BY_CODE[code].label if code in BAND_BY_CODE else code
    return _label(_VOCABULARIES[facet], code)


def facet_lists(
    query: QueryDict, all_ids: set[int], everything: set[int], index: DirectoryIndex, found_by: FoundBy,
    scorecards: Sequence[tuple[UUID, str]] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Options with counts. A facet's own choice is left out of its counts: they say what a click would add.

    Must-haves are those of one of `scorecards`, which the facet offers; `index` holds their groups once one is chosen.
    """
    chosen = {name: query.getlist(name) for name, _, _ in FACETS}
    of = query.get(SCORECARD, "")
    made = []
    for name, label, starts_open in FACETS:
        pool = everything
        if name == STATE and STATE not in index.facets:
            if scorecards:
                made.append(
                    {"name": name, "label": label, "open": False, "options": [], "of": _of(scorecards, of)}
                )
            continue
        if chosen[name]:
            others = query.copy()
            others.setlist(name, [])
            pool = found_by(others)
        groups = index.facets[name]
        counts = {code: len(ids & pool) for code, ids in groups.items()}
        if name == "agreement":
            counts[AgreementState.NONE.value] = len(pool.difference(*groups.values()))
        if name == STATE:
            counts[MustHaveState.ABSENT.value] = len(pool.difference(*groups.values()))
        if name not in NO_UNKNOWN:
            known: set[int] = set().union(*groups.values()) if groups else set()
            counts[UNKNOWN] = len((all_ids - known) & pool)
        options = [
            {
                "value": code,
                "label": facet_label(name, code),
                "count": counts.get(code, 0),
                "checked": code in chosen[name],
                "unknown": code == UNKNOWN,
            }
            for code in _codes(name, groups, chosen[name])
        ]
        listed = [option for option in options if option["count"] or option["checked"] or name == STATE]
        if not listed:
            continue
        facet = {"name": name, "label": label, "open": starts_open or bool(chosen[name]), "options": listed}
        made.append(facet | {"open": True, "of": _of(scorecards, of)} if name == STATE else facet)
    return made


def _of(scorecards: Sequence[tuple[UUID, str]], chosen: str) -> dict[str, Any]:
    """The choice above a facet's options: of which scorecard."""
    return {
        "name": SCORECARD, "label": "Of scorecard", "blank": "Choose a scorecard",
        "options": [{"value": str(key), "label": name, "chosen": str(key) == chosen} for key, name in scorecards],
    }  # fmt: skip


def _codes(name: str, groups: Mapping[str, set[int]], chosen: Sequence[str]) -> list[str]:
    """The codes of a facet in their own order, countries by name, unknown last."""
    if name == "country":
        codes = sorted({*groups, *(code for code in chosen if code != UNKNOWN)}, key=country_name)
    elif name == "regulatory_state":
        codes = list(RegulatoryState.values)
    elif name == "agreement":
        codes = [state.value for state in AgreementState]
    elif name == "batch":
        codes = [band.code for band in BANDS]
    elif name == STATE:
        codes = [state.value for state in MustHaveState]
    else:
        codes = [member.value for member in _VOCABULARIES[name]]
    return codes if name in NO_UNKNOWN else [*codes, UNKNOWN]


def chips_of(query: QueryDict, scorecard: str = "") -> list[dict[str, str]]:
    """The filters in force; `scorecard` is the name of the one whose must-haves count, "" without one."""
    chips = []
    if text := query.get("q"):
        chips.append({"label": f"“{text}”", "remove_url": _without(query, "q", text)})
    if query.get("chosen") == "true":
        chips.append({"label": "Chosen by you", "remove_url": _without(query, "chosen", "true")})
    for name, label, _ in FACETS:
        if name == STATE:
            if not scorecard:
                continue
            label = f"{label} of {scorecard}"  # noqa: PLW2901 - said with whose they are
        for code in query.getlist(name):
            said = facet_label(name, code)
            full = f"{label}: {said}" if code == UNKNOWN or name in SAID_WITH_FACET else said
            chips.append({"label": full, "remove_url": _without(query, name, code)})
    return chips


def _without(query: QueryDict, name: str, value: str) -> str:
    rest = query.copy()
    rest.setlist(name, [one for one in query.getlist(name) if one != value])
    rest.pop("page", None)
    return f"?{rest.urlencode()}"
