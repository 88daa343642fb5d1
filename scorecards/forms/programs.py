"""A programme: the first eight fields, and the rest under "More about the programme"."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from cdmo_eval.http.pages.days import DayInput
from scorecards.forms.builder import ARCHETYPES
from scorecards.models import Program
from vendors import vocabulary as words

NEED_ROWS = 4
YES_NO_UNKNOWN = [("", "Not stated"), ("yes", "Yes"), ("no", "No")]
MARKETS = [(market.value, market.label) for market in words.Market]
FIRST = (
    "name",
    "modality",
    "phase_now",
    "phase_target",
    "target_markets",
    "other_markets",
    "need_first_gmp_date",
    "required_services",
)
PARTS = (
    ("What has to be made", "Decides which criteria apply, and whose experience counts.", ("name", "modality", "phase_now", "phase_target")),
    ("For whom and by when", "Markets decide which authorities count; the day decides what is too late.", ("target_markets", "other_markets", "need_first_gmp_date")),
    ("What you need from them", "Asked of each vendor: in-house, through a partner, or not offered.", ("required_services",)),
)  # fmt: skip
FURTHER = (
    ("The product", ("gene_edited", "sub_type", "dosage_form", "route", "sterile", "patient_specific", "storage_class", "oeb", "controlled_schedule", "vein_to_release_limit_days")),
    ("The work", ("required_operations", "annual_value", "annual_unit", "titre_value", "titre_unit", "titre_yield", "preferred_model", "max_handoffs", "scope_items")),
    ("Time and money", ("weeks_to_milestone", "launch_date", "budget_amount", "budget_currency")),
    ("The wider picture", ("sponsor", "pipeline_modalities", "target_regions", "us_federal_exposure", "exclusions", "archetype")),
)  # fmt: skip
COPIED = (
    "name", "modality", "phase_now", "phase_target", "need_first_gmp_date", "required_services", "sponsor", "sub_type",
    "dosage_form", "route", "oeb", "controlled_schedule", "vein_to_release_limit_days", "storage_class", "required_operations",
    "pipeline_modalities", "target_regions", "launch_date", "weeks_to_milestone", "budget_amount", "budget_currency",
    "preferred_model", "max_handoffs", "archetype",
)  # fmt: skip
TERNARY = ("sterile", "patient_specific", "us_federal_exposure")
NAMES = {
    "annual_need": "annual_value", "annual_need.value": "annual_value", "annual_need.unit": "annual_unit",
    "titre_or_yield": "titre_value", "titre_or_yield.value": "titre_value", "titre_or_yield.unit": "titre_unit",
    "titre_or_yield.overall_yield": "titre_yield", "tags": "gene_edited",
}  # fmt: skip
"""Field paths of the service by the field of the form that holds them."""


def blank(vocabulary: type[words.Code], text: str = "Not stated") -> list[tuple[str, str]]:
    """The choices of a list with a blank first."""
    return [("", text), *vocabulary.choices()]


def several(vocabulary: type[words.Code], label: str, help_text: str = "") -> forms.MultipleChoiceField:
    """A list of boxes to tick."""
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=vocabulary.choices(),
        help_text=help_text,
    )


class ProgramForm(forms.Form):
    """Needs only; blank means not stated, and what is not stated is not asked of anybody."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label="Name of the programme", max_length=200)
    modality = forms.ChoiceField(label="Modality", choices=words.Modality.choices())
    phase_now = forms.ChoiceField(label="Phase now", choices=blank(words.Phase), required=False)
    phase_target = forms.ChoiceField(
        label="Phase it should reach with this vendor", choices=blank(words.Phase), required=False
    )
    target_markets = forms.MultipleChoiceField(
        label="Target markets", required=False, widget=forms.CheckboxSelectMultiple, choices=MARKETS
    )
    other_markets = forms.CharField(
        label="Other markets", required=False, max_length=200, help_text="Country codes, such as MX, SA."
    )
    need_first_gmp_date = forms.DateField(
        label="First GMP batch needed by", required=False, widget=DayInput(),
        help_text="Must-haves and lead times are measured against this day.",
    )  # fmt: skip
    required_services = several(words.ServiceCode, "Services needed")
    gene_edited = forms.BooleanField(label="Gene edited", required=False)
    sub_type = forms.CharField(
        label="Sub-type", required=False, max_length=200, help_text="Serotype, payload, cell source."
    )
    dosage_form = forms.ChoiceField(label="Dosage form", choices=blank(words.DosageForm), required=False)
    route = forms.CharField(label="Route", required=False, max_length=100)
    sterile = forms.ChoiceField(label="Sterile product", choices=YES_NO_UNKNOWN, required=False)
    patient_specific = forms.ChoiceField(label="Made per patient", choices=YES_NO_UNKNOWN, required=False)
    storage_class = forms.ChoiceField(label="Storage", choices=blank(words.StorageClass), required=False)
    oeb = forms.IntegerField(label="Occupational exposure band", required=False, min_value=1, max_value=6)
    controlled_schedule = forms.ChoiceField(
        label="Controlled substance schedule",
        required=False,
        choices=[("", "None stated"), *((s, s) for s in ("I", "II", "III", "IV", "V"))],
    )
    vein_to_release_limit_days = forms.IntegerField(
        label="Longest time from vein to release, days", required=False, min_value=1, max_value=365
    )
    required_operations = several(
        words.Operation, "Operations needed", "Blank means the usual ones of the modality."
    )
    annual_value = forms.DecimalField(label="Needed per year", required=False, max_digits=18)
    annual_unit = forms.ChoiceField(
        label="Unit of the yearly need", choices=blank(words.RateUnit, "Choose"), required=False
    )
    titre_value = forms.DecimalField(label="Titre or yield per litre", required=False, max_digits=24)
    titre_unit = forms.ChoiceField(
        label="Unit of the titre", choices=blank(words.BatchUnit, "Choose"), required=False
    )
    titre_yield = forms.DecimalField(label="Overall yield, 0 to 1", required=False, max_digits=6)
    preferred_model = forms.ChoiceField(
        label="Preferred business model", choices=blank(words.PreferredModel), required=False
    )
    max_handoffs = forms.IntegerField(
        label="Most handoffs acceptable", required=False, min_value=0, max_value=50
    )
    scope_items = forms.CharField(
        label="Common scope of the quotes",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One item a line, asked of every vendor.",
    )
    weeks_to_milestone = forms.DecimalField(
        label="Weeks to the next milestone", required=False, min_value=0, max_digits=6, decimal_places=2
    )
    launch_date = forms.DateField(label="Launch", required=False, widget=DayInput())
    budget_amount = forms.DecimalField(
        label="Budget for the common scope", required=False, min_value=0, max_digits=16, decimal_places=2
    )
    budget_currency = forms.CharField(label="Currency", required=False, max_length=3, help_text="EUR, USD, …")
    sponsor = forms.CharField(label="Sponsor", required=False, max_length=200)
    pipeline_modalities = several(words.Modality, "Other modalities in your pipeline")
    target_regions = several(words.Region, "Target regions", "Blank means the regions of the target markets.")
    us_federal_exposure = forms.ChoiceField(
        label="Exposed to US federal funds",
        choices=YES_NO_UNKNOWN,
        required=False,
        help_text="Decides which lists of restricted parties count.",
    )
    exclusions = forms.CharField(
        label="Excluded by decision",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line.",
    )
    archetype = forms.ChoiceField(
        label="Kind of programme", choices=[("", "Not stated"), *ARCHETYPES], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in range(NEED_ROWS):
            self.fields[f"scale_needs-{row}-operation"] = forms.ChoiceField(
                label="Operation", required=False, choices=blank(words.Operation, "Choose")
            )
            self.fields[f"scale_needs-{row}-at"] = forms.ChoiceField(
                label="When", required=False, choices=words.NeedAt.choices()
            )
            self.fields[f"scale_needs-{row}-value"] = forms.DecimalField(
                label="Batch size", required=False, max_digits=24
            )
            self.fields[f"scale_needs-{row}-unit"] = forms.ChoiceField(
                label="Unit", required=False, choices=words.BatchUnit.choices()
            )

    @staticmethod
    def initial_of(program: Program) -> dict[str, Any]:
        """A programme as the form shows it."""
        initial: dict[str, Any] = {name: getattr(program, name) for name in COPIED} | {
            "version": program.version
        }
        known = {market for market, _ in MARKETS}
        initial["target_markets"] = [m for m in program.target_markets if m in known]
        initial["other_markets"] = ", ".join(m for m in program.target_markets if m not in known)
        initial["gene_edited"] = words.ModalityTag.GENE_EDITED in program.tags
        initial |= {name: {None: "", True: "yes", False: "no"}[getattr(program, name)] for name in TERNARY}
        initial |= {
            "scope_items": "\n".join(program.scope_items),
            "exclusions": "\n".join(program.exclusions),
        }
        annual, titre = program.annual_need or {}, program.titre_or_yield or {}
        initial |= {"annual_value": annual.get("value"), "annual_unit": annual.get("unit", "")}
        initial |= {
            "titre_value": titre.get("value"),
            "titre_unit": titre.get("unit", ""),
            "titre_yield": titre.get("overall_yield"),
        }
        for row, need in enumerate(program.scale_needs[:NEED_ROWS]):
            initial |= {
                f"scale_needs-{row}-{part}": need[part] for part in ("operation", "at", "value", "unit")
            }
        return initial

    def first(self) -> Iterator[BoundField]:
        """The fields asked first, the scale needs apart."""
        return (self[name] for name in FIRST)

    def parts(self) -> Iterator[tuple[str, str, list[BoundField]]]:
        """The fields asked first by what they decide: title, what it is for, boxes; the batch sizes stand apart."""
        for title, why, names in PARTS:
            yield title, why, [self[name] for name in names]

    def needs(self) -> Iterator[dict[str, BoundField]]:
        """The rows of the scale needs."""
        for row in range(NEED_ROWS):
            yield {part: self[f"scale_needs-{row}-{part}"] for part in ("operation", "at", "value", "unit")}

    def further(self) -> list[tuple[str, list[BoundField]]]:
        """The other fields by subject."""
        return [(title, [self[name] for name in names]) for title, names in FURTHER]

    @property
    def further_open(self) -> bool:
        """Whether the further fields stand open: something in them is wrong."""
        return any(name in self.errors for _, names in FURTHER for name in names)

    def needs_of(self, kept: Program | None = None) -> dict[str, Any]:
        """The columns for the service. Needs beyond the rows of the form (from an import) stay as they are."""
        data: Mapping[str, Any] = self.cleaned_data
        fields = {name: data[name] for name in COPIED}
        fields["target_markets"] = [*data["target_markets"], *_codes(data["other_markets"])]
        fields["tags"] = [words.ModalityTag.GENE_EDITED.value] if data["gene_edited"] else []
        fields |= {name: {"": None, "yes": True, "no": False}[data[name]] for name in TERNARY}
        fields |= {"scope_items": _lines(data["scope_items"]), "exclusions": _lines(data["exclusions"])}
        fields["budget_currency"] = data["budget_currency"].upper()
        fields["annual_need"] = _quantity(data["annual_value"], data["annual_unit"])
        titre = _quantity(data["titre_value"], data["titre_unit"])
        if titre is not None and data["titre_yield"] is not None:
            titre["overall_yield"] = _number(data["titre_yield"])
        fields["titre_or_yield"] = titre
        fields["scale_needs"] = [*self._scale_needs(), *(kept.scale_needs[NEED_ROWS:] if kept else ())]
        return fields

    def _scale_needs(self) -> Iterator[dict[str, Any]]:
        for row in range(NEED_ROWS):
            said = {
                part: self.cleaned_data.get(f"scale_needs-{row}-{part}")
                for part in ("operation", "at", "value", "unit")
            }
            if said["operation"] or said["value"] is not None:
                yield said | {"value": _number(said["value"]) if said["value"] is not None else None}


def _codes(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _quantity(value: Decimal | None, unit: str) -> dict[str, Any] | None:
    """A value with its unit; half a pair is handed on, so that the service says what is missing."""
    if value is None:
        return None
    return {"value": _number(value), "unit": unit}
