"""The Quick 12 as one page of plain questions. Each question has its own "Don't know", which writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from scorecards.fit.needs import required_operations
from scorecards.frameworks import Framework
from scorecards.loading import program_needs
from scorecards.models import Candidate
from scorecards.services.quick12 import Quick12, units_asked
from vendors.imports.countries import country_code
from vendors.models import Capability, ServiceOffering, Site
from vendors.vocabulary import (
    BatchUnit,
    Delivery,
    Focus,
    GovernanceTerm,
    Integration,
    Operation,
    Phase,
    ServiceCode,
)

NEW_SITE = "new"
NOT_ASKED = ("", "No answer")
YES_NO = [("1", "Yes"), ("0", "No")]
PHASES_SHOWN = tuple(Phase)


@dataclass(frozen=True)
class Question:
    """One question of the page: its criterion, the words, and the boxes that answer it.

    `why_not` says why it is not asked; then there are no boxes.
    """

    code: str
    name: str
    words: str
    boxes: tuple[BoundField, ...]
    unknown: BoundField | None
    why_not: str = ""
    layout: str = "row"

    @property
    def errors(self) -> list[str]:
        """What is wrong with its boxes."""
        return [str(error) for box in self.boxes for error in box.errors]


class Quick12Form(forms.Form):
    """Answers about one candidate, filled with what is known."""

    site = forms.ChoiceField(label="Site", required=False, widget=forms.HiddenInput)
    site_name = forms.CharField(label="Name of the new site", max_length=200, required=False)
    country = forms.CharField(
        label="Country", max_length=100, required=False, help_text="Name or two-letter code."
    )
    fei = forms.RegexField(
        r"^\d{7,10}$", label="FDA establishment identifier (FEI)", required=False,
        help_text="7 to 10 digits. With it, FDA's inspections are found.",
        error_messages={"invalid": "An FEI number has 7 to 10 digits."},
    )  # fmt: skip
    gmp = forms.ChoiceField(label="Works under GMP", required=False, widget=forms.RadioSelect, choices=YES_NO)
    integration = forms.ChoiceField(
        label="What they offer", required=False, choices=[NOT_ASKED, *Integration.choices()]
    )
    focus = forms.ChoiceField(label="Range", required=False, choices=[NOT_ASKED, *Focus.choices()])
    lead_time_weeks = forms.DecimalField(
        label="Weeks", required=False, min_value=0, max_value=520, decimal_places=2
    )
    quality_level = forms.TypedChoiceField(
        label="Level", required=False, widget=forms.RadioSelect, coerce=int, empty_value=None
    )
    plant_level = forms.TypedChoiceField(
        label="Level", required=False, widget=forms.RadioSelect, coerce=int, empty_value=None
    )
    amount = forms.DecimalField(
        label="Total price", required=False, min_value=0, max_digits=16, decimal_places=2
    )
    currency = forms.CharField(label="Currency", required=False, max_length=3)

    def __init__(
        self, candidate: Candidate, criteria: Framework, sites: Sequence[Site], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.candidate, self.criteria, self.sites = candidate, criteria, {str(s.public_id): s for s in sites}
        program = candidate.program
        self.units = units_asked(program)
        self.asks_target = any(need["at"] == "target" for need in program.scale_needs)
        self.asks_now = any(need["at"] == "now" for need in program.scale_needs)
        new = (NEW_SITE, "Another site, named here")
        fields: Any = self.fields
        fields["site"].choices = [(key, site.name) for key, site in self.sites.items()] + [new]
        for name, code in (("quality_level", "QUA1"), ("plant_level", "DIG1")):
            leaf = criteria.leaf(code)
            fields[name].choices = [
                (level, f"{level}: {text}") for level, text in enumerate(leaf.rubric, start=leaf.first_level)
            ]
        for phase in PHASES_SHOWN:
            self.fields[f"programs-{phase}"] = forms.IntegerField(
                label=phase.label, required=False, min_value=0, max_value=9999
            )
        self.services = [code for code in ServiceCode if code.value in program.required_services]
        for code in self.services:
            self.fields[f"service-{code}"] = forms.ChoiceField(
                label=code.label, required=False, widget=forms.RadioSelect,
                choices=[(Delivery.IN_HOUSE.value, "In-house"), (Delivery.PARTNER.value, "Through a partner"), (Delivery.NONE.value, "Not offered"), ("", "Don't know")],
            )  # fmt: skip
        for operation in self.units:
            for end in ("smallest", "largest"):
                label = f"{Operation(operation).label}, {BatchUnit(self.units[operation]).label}"
                self.fields[f"{end}-{operation}"] = forms.DecimalField(
                    label=label, required=False, min_value=0, max_digits=24
                )
        for term in GovernanceTerm:
            self.fields[f"governance-{term}"] = forms.ChoiceField(
                label=term.label,
                required=False,
                widget=forms.RadioSelect,
                choices=[*YES_NO, ("", "Don't know")],
            )
        for leaf in criteria.quick:
            if leaf.code != "REG1":
                self.fields[f"unknown-{leaf.code}"] = forms.BooleanField(label="Don't know", required=False)

    def questions(self) -> Iterator[Question]:
        """The questions in the order of the criteria."""
        program = self.candidate.program
        asked: dict[str, tuple[str, tuple[str, ...], str, str]] = {
            "MOD1": ("How many programmes in this modality has the site worked on in the last five years, by the furthest phase reached?", tuple(f"programs-{p}" for p in PHASES_SHOWN), "", "counts"),
            "SVC1": ("How do they deliver each service you need?", tuple(f"service-{c}" for c in self.services), "" if self.services else "The programme names no services.", "list"),
            "SVC7": ("Are they a manufacturer only, a CDMO, or a CDMO with clinical research; full range or niche?", ("integration", "focus"), "", "row"),
            "SCL1": ("What is the smallest batch they make of a product like yours?", tuple(f"smallest-{o}" for o in self.units), "" if self.units else "The programme states no batch size.", "row"),
            "SCL2": ("What is the largest batch they can make?", tuple(f"largest-{o}" for o in self.units), "" if self.units else "The programme states no batch size.", "row"),
            "SCL6": ("In how many weeks could the first GMP batch start?", ("lead_time_weeks",), "", "row"),
            "QUA1": (self.criteria.leaf("QUA1").question, ("quality_level",), "", "levels"),
            "DIG1": (self.criteria.leaf("DIG1").question, ("plant_level",), "", "levels"),
            "GEO1": ("In which country is the site, and does it work under GMP?", ("country", "gmp"), "", "row"),
            "RSK2": ("Which of these do they commit to?", tuple(f"governance-{t}" for t in GovernanceTerm), "", "list"),
            "COM1": ("What is the total price over the scope you ask of everybody?", ("amount", "currency"), "", "row"),
        }  # fmt: skip
        for leaf in self.criteria.quick:
            if leaf.code == "REG1":
                yield Question(
                    "REG1",
                    leaf.name,
                    leaf.question,
                    (),
                    None,
                    "Shown, not asked: it is read from official records.",
                )
                continue
            words, names, why_not, layout = asked[leaf.code]
            if leaf.code == "COM1" and program.budget_amount is None:
                why_not = ""
            boxes = () if why_not else tuple(self[name] for name in names)
            yield Question(
                leaf.code,
                leaf.name,
                words,
                boxes,
                None if why_not else self[f"unknown-{leaf.code}"],
                why_not,
                layout,
            )

    def clean_country(self) -> str:
        """The two-letter code of a country."""
        text = str(self.cleaned_data["country"]).strip()
        if not text:
            return ""
        code = country_code(text)
        if code is None:
            raise forms.ValidationError(
                "This country is not known. Write its name in English or its two-letter code."
            )
        return code

    def clean(self) -> dict[str, Any]:
        """A price has its currency."""
        data = super().clean() or self.cleaned_data
        if data.get("amount") is not None and not data.get("currency") and not data.get("unknown-COM1"):
            self.add_error("currency", "Name the currency of the price, such as EUR.")
        return data

    def answers(self) -> Quick12:
        """What the page says, without what is marked "Don't know"."""
        data, known = self.cleaned_data, self._known
        counts = {
            phase.value: data[f"programs-{phase}"]
            for phase in PHASES_SHOWN
            if data[f"programs-{phase}"] is not None
        }
        scales = {
            operation: (
                known("SCL1", _number(data[f"smallest-{operation}"])), known("SCL2", _number(data[f"largest-{operation}"])),
            )
            for operation in self.units
        }  # fmt: skip
        governance = {
            term.value: int(data[f"governance-{term}"])
            for term in GovernanceTerm
            if data[f"governance-{term}"]
        }
        quote = (_number(data["amount"]), data["currency"].upper()) if data["amount"] is not None else None
        site = self.sites.get(data["site"])
        return Quick12(
            site=site, site_name="" if site else data["site_name"], fei=data["fei"],
            country=known("GEO1", data["country"]) or "",
            gmp=known("GEO1", {"1": True, "0": False}.get(data["gmp"])),
            programs=known("MOD1", counts or None),
            services=known("SVC1", {code.value: data[f"service-{code}"] for code in self.services}) or {},
            integration=known("SVC7", data["integration"]) or "", focus=known("SVC7", data["focus"]) or "",
            scales=scales, lead_time_weeks=known("SCL6", _number(data["lead_time_weeks"])),
            quality_level=known("QUA1", data["quality_level"]), plant_level=known("DIG1", data["plant_level"]),
            governance=known("RSK2", governance) or {}, quote=known("COM1", quote),
        )  # fmt: skip

    def _known(self, code: str, answer: Any) -> Any:
        return None if self.cleaned_data.get(f"unknown-{code}") else answer


def _number(value: Any) -> Any:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def initial_answers(
    candidate: Candidate,
    site: Site | None,
    capabilities: Sequence[Capability],
    services: Sequence[ServiceOffering],
    leaves: Mapping[str, Any],
) -> dict[str, Any]:
    """What is known already, as the page shows it."""
    vendor, initial = candidate.vendor, dict[str, Any]()
    initial |= {
        "integration": vendor.integration,
        "focus": vendor.focus,
        "site": str(site.public_id) if site else NEW_SITE,
    }
    initial |= {f"service-{row.code}": row.delivery for row in services}
    if site is not None:
        initial |= {"country": site.country, "fei": site.fei, "plant_level": site.dpmm_level}
    needed = required_operations(program_needs(candidate.program))
    rows = [row for row in capabilities if row.operation in needed] or list(capabilities)
    for row in rows:
        initial.setdefault("gmp", {True: "1", False: "0", None: ""}[row.gmp])
        if row.lead_time_weeks is not None:
            initial["lead_time_weeks"] = max(
                _number(row.lead_time_weeks), initial.get("lead_time_weeks") or 0
            )
        for phase, count in (row.programs_by_phase or {}).items():
            initial[f"programs-{phase}"] = max(count, initial.get(f"programs-{phase}") or 0)
        initial |= {
            f"smallest-{row.operation}": _number(row.scale_min),
            f"largest-{row.operation}": _number(row.scale_max),
        }
    if "QUA1" in leaves:
        initial["quality_level"] = leaves["QUA1"]["level"]
    for term, met in leaves.get("RSK2", {}).get("flags", {}).items():
        initial[f"governance-{term}"] = "1" if met == 1 else "0" if met == 0 else ""
    if "COM1" in leaves:
        initial |= {"amount": leaves["COM1"]["amount"], "currency": leaves["COM1"]["currency"]}
    return initial
