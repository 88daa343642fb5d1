"""Sample data for the style guide: one invented vendor and ranking that use every component once.

The names are invented; the numbers are chosen to show the awkward cases (an unknown criterion, an assumed part,
a failed must-have, sites that would overlap on the map).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict

from cdmo_eval.core.figures.bars import Layout, Part, ScoreBar, interval_whisker, score_bar, weight_ruler
from cdmo_eval.core.figures.curves import value_curve
from cdmo_eval.core.figures.timeline import WIDE, Event, Shape, timeline
from cdmo_eval.core.figures.worldmap import Place, site_map

AS_OF = date(2026, 11, 21)
_drawings: list[Callable[[], Mapping[str, Any]]] = []
PPB = 1_000_000_000
PPM = 1_000_000

GROUPS = (
    ("MOD", "Modality and technical competence", 14),
    ("SVC", "Services and integration", 10),
    ("SCL", "Scale-up, tech transfer, capacity", 13),
    ("REG", "Regulatory history", 14),
    ("QUA", "Quality assurance and compliance", 13),
    ("DIG", "Digital maturity", 6),
    ("FLX", "Flexible and modular manufacturing", 5),
    ("GEO", "Footprint and resilience", 7),
    ("RSK", "Risk, governance, collaboration", 6),
    ("SUS", "Sustainability", 3),
    ("COM", "Cost, speed, viability", 9),
)
"""Code, name and weight (out of 100) of the eleven criterion groups, in palette order."""

RANKED: tuple[tuple[str, str, tuple[int, ...], tuple[int, int], str], ...] = (
    (
        "Dunmore Pharma Services",
        "IE · 5 sites",
        (83, 85, 84, 67, 72, 68, 73, 84, 90, 63, 62),
        (67, 83),
        "good",
    ),
    ("Elverum Bio", "NO · 1 site", (88, 65, 62, 70, 76, 80, 88, 67, 74, -1, 70), (62, 80), "unknown"),
    ("Łódź Sterile Works", "PL · 3 sites", (53, 53, 54, 88, 83, 64, 70, 68, 69, 63, 55), (57, 72), "good"),
    ("Juniper Oligo", "KR · 5 sites", (70, 60, 66, 62, 51, 55, 69, 91, 44, 66, 58), (56, 70), "bad"),
)
"""Name, place, value of each group (-1: unknown), interval in points, state of the must-haves."""

GATE_WORDS = {"good": "8 met", "unknown": "7 met, 1 unknown", "bad": "6 met, 1 failed, 1 unknown"}


class SampleForm(forms.Form):
    """One field of each kind, with an error and a help text."""

    name = forms.CharField(label="Vendor name", help_text="As in the company register.")
    fei = forms.RegexField(r"^\d{7,10}$", label="FDA establishment identifier (FEI)", required=False)
    country = forms.ChoiceField(label="Country", choices=[("IE", "Ireland"), ("NO", "Norway")])
    note = forms.CharField(label="Why this weight", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    password = forms.CharField(label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "off"}))
    phase = forms.ChoiceField(
        label="Phase", choices=[("PH1", "Phase I"), ("PH3", "Phase III")], widget=forms.RadioSelect
    )
    verified = forms.BooleanField(
        label="Verified", required=False, help_text="Only quality or a manager can set this."
    )


def parts_of(values: tuple[int, ...]) -> tuple[Part, ...]:
    """Turn a value per group into parts; -1 is unknown and counts half of its weight, hatched."""
    parts = []
    for slot, ((code, name, points), value) in enumerate(zip(GROUPS, values, strict=True), start=1):
        weight = points * PPB // 100
        if value < 0:
            parts.append(Part(code, name, slot, weight, known=0, assumed=weight // 2, unknown=weight))
        else:
            parts.append(Part(code, name, slot, weight, known=weight * value // 100))
    return tuple(parts)


def sample_bar(row: tuple[str, str, tuple[int, ...], tuple[int, int], str], layout: Layout) -> ScoreBar:
    """Draw one sample vendor's bar."""
    parts = parts_of(row[2])
    score = sum(part.known + part.assumed for part in parts) * PPM // PPB
    low, high = row[3]
    return score_bar(
        row[0], parts, layout=layout, score=score, interval=(low * PPM // 100, high * PPM // 100)
    )


def ranking() -> list[dict[str, Any]]:
    """Return the sample ranking: failing vendors last, without a rank."""
    rows = []
    for position, row in enumerate(RANKED, start=1):
        parts = parts_of(row[2])
        low, high = (points * PPM // 100 for points in row[3])
        score = sum(part.known + part.assumed for part in parts) * PPM // PPB
        fails = row[4] == "bad"
        rows.append(
            {
                "name": row[0],
                "place": row[1],
                "rank": "\N{EN DASH}" if fails else str(position),
                "delta": {1: 1, 2: -1}.get(position, 0),
                "fails": fails,
                "gate_state": row[4],
                "gate_words": GATE_WORDS[row[4]],
                "bar": sample_bar(row, Layout.STACKED),
                "split": sample_bar(row, Layout.SPLIT),
                "score": score,
                "low": low,
                "high": high,
                "whisker": interval_whisker(low, score, high),
            }
        )
    return rows


def regulatory_record() -> tuple[Event, ...]:
    """Return sample records that crowd one lane, to show how words give way to each other."""
    return (
        Event(date(2019, 6, 20), "FDA", Shape.GOOD, "NAI", "Inspection at Durham: no action indicated"),
        Event(date(2021, 6, 18), "FDA", Shape.WARN, "483, 3 obs", "Form 483 with 3 observations, Durham"),
        Event(date(2021, 9, 2), "FDA", Shape.WARN, "VAI", "Inspection at Durham: voluntary action indicated"),
        Event(date(2021, 11, 30), "FDA", Shape.INFO, "Response", "The site's response was received"),
        Event(date(2022, 6, 14), "EMA", Shape.GOOD, "EU GMP", "EU GMP certificate, Visp"),
        Event(date(2024, 6, 11), "FDA", Shape.BAD, "Warning letter", "Warning letter 24-118, Durham"),
        Event(date(2025, 6, 25), "FDA", Shape.GOOD, "Closed out", "Close-out letter"),
        Event(date(2026, 2, 3), "EMA", Shape.GOOD, "EU GMP", "EU GMP certificate, Visp"),
        Event(date(2026, 9, 8), "FDA", Shape.UNKNOWN, "Pending", "Inspection at Durham, not yet classified"),
    )


def palette() -> list[dict[str, Any]]:
    """Return the criterion slots with their names, as the legend takes them."""
    return [
        {"slot": slot, "code": code, "name": name} for slot, (code, name, _) in enumerate(GROUPS, start=1)
    ]


@dataclass(frozen=True)
class SampleMessage:
    """As much of a message as its component reads."""

    level_tag: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class SampleScorecard:
    """As much of a scorecard as its tabs need."""

    public_id: UUID


def register_drawings(samples: Callable[[], Mapping[str, Any]]) -> None:
    """Add what an app above draws."""
    _drawings.append(samples)


def styleguide_context() -> dict[str, Any]:
    """Return everything `templates/styleguide.html` shows."""
    drawn: dict[str, Any] = {}
    for samples in _drawings:
        drawn |= samples()
    form = SampleForm({"name": "", "fei": "12", "country": "IE", "phase": "PH3"}, auto_id="sample_%s")
    places = [
        Place("Hexham, United Kingdom", 54.97, -2.1),
        Place("Leeds, United Kingdom", 53.8, -1.55),
        Place("Visp, Switzerland", 46.29, 7.88),
        Place("Singapore", 1.35, 103.82),
        Place("Durham, United States", 35.99, -78.9),
    ]
    return {
        "themes": ["light", "dark"],
        "as_of": AS_OF,
        "query": QueryDict("q=adc&page=2"),
        "states": [("good", "6 met"), ("warn", "getting old, 26 months"), ("bad", "1 failed"), ("unknown", "1 unknown"), ("plain", "draft 7")],
        "neutrals": ["paper", "surface", "sunken", "ink", "ink-2", "ink-3", "line", "line-2", "control", "accent"],
        "key_items": palette(),
        "rows": ranking(),
        "ruler": weight_ruler(parts_of(RANKED[0][2])),
        "weights": [
            {"code": code, "name": name, "slot": slot, "points": f"{points:.1f}", "locked": code == "REG"}
            for slot, (code, name, points) in enumerate(GROUPS, start=1)
        ],
        "map": site_map(places),
        "europe": site_map(places[:3]),
        "timeline": timeline(regulatory_record(), lanes=("FDA", "EMA", "Other"), until=AS_OF),
        "timeline_wide": timeline(regulatory_record(), lanes=("FDA", "EMA", "Other"), until=AS_OF, width=WIDE),
        "curve": value_curve([(0, 0), (0.5, 20), (1, 70), (2, 100)], unit="times the need", here=1.3),
        "falling": value_curve([(0, 100), (24, 100), (36, 70), (48, 20), (60, 0)], unit="months", here=26),
        "phases": ["Pre-clinical", "Phase I", "Phase II", "Phase III", "Commercial"],
        "matrix_rows": [
            {"label": "mAb", "cells": ["proven", "proven", "proven", "proven", "claimed"]},
            {"label": "ADC", "cells": ["proven", "proven", "claimed", "", ""]},
            {"label": "mRNA-LNP", "cells": ["claimed", "claimed", "", "", ""]},
        ],
        "facts": [("Headquarters", "Hexham, United Kingdom"), ("Owner", "Tyne Capital"), ("Sites", 4), ("Revenue", None)],
        "evidence": [
            {"claim": "FDA inspection, Durham: VAI", "source": "FDA Data Dashboard", "on": date(2024, 9, 14), "grade": "A", "kind": "verified", "state": "warn", "word": "getting old"},
            {"claim": "EU GMP certificate, Visp", "source": "EudraGMDP", "on": date(2026, 2, 3), "grade": "A", "kind": "verified", "state": "good", "word": "fresh"},
            {"claim": "Reactor list, Hexham", "source": "Vendor questionnaire", "on": date(2025, 5, 20), "grade": "D", "kind": "claimed", "state": "bad", "word": "stale"},
            {"claim": "Audited accounts", "source": "Companies register", "on": None, "grade": "C", "kind": "claimed", "state": "unknown", "word": "unknown"},
        ],
        "page": Paginator(range(212), 50).page(2),
        "sample_form": form,
        "facets": [
            {"name": "modality", "label": "Modality", "open": True, "options": [
                {"value": "MAB", "label": "mAb", "count": 41, "checked": True, "unknown": False},
                {"value": "ADC", "label": "ADC", "count": 12, "checked": False, "unknown": False},
                {"value": "RADIOPHARM", "label": "Radiopharmaceutical", "count": 0, "checked": False, "unknown": False},
                {"value": "unknown", "label": "Unknown", "count": 3, "checked": False, "unknown": True}]},
            {"name": "must_haves", "label": "Must-haves", "open": True, "options": [
                {"value": "met", "label": "All met", "count": 12, "checked": False, "unknown": False}],
             "of": {"name": "scorecard", "label": "Of scorecard", "blank": "Choose a scorecard", "options": [
                {"value": "7", "label": "mAb drug substance", "chosen": True}]}},
            {"name": "region", "label": "Region", "open": False, "options": []},
        ],
        "sample_organization": {"name": "Meridia Therapeutics", "slug": "meridia"},
        "sample_memberships": [
            {"organization": {"name": "Meridia Therapeutics", "slug": "meridia"}},
            {"organization": {"name": "Tyne Capital", "slug": "tyne"}},
        ],
        "sample_messages": [
            SampleMessage("success", "396 rows were imported."), SampleMessage("error", "12 rows could not be read. Nothing was written."),
        ],
        **drawn,
        "chips": [{"label": "mAb", "remove_url": "?region=EUROPE"}, {"label": "Europe", "remove_url": "?modality=MAB"}],
        "scorecard": SampleScorecard(UUID(int=7)),
        "tabs": [
            {"label": "Overview", "url": "#overview", "current": True, "count": None},
            {"label": "Evidence", "url": "#evidence", "current": False, "count": 31},
            {"label": "Changes", "url": "#changes", "current": False, "count": None},
        ],
    }  # fmt: skip
