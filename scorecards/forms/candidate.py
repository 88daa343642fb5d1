"""A candidate: who it is, its supply map, and asking for a waiver."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from cdmo_eval.http.pages.days import DayInput
from cdmo_eval.http.pages.sheet import VersionedForm
from scorecards.forms.builder import Versioned
from scorecards.models import Candidate, ScorecardGate
from scorecards.selectors.supply_maps import SupplyMap
from vendors.models import Capability, Site, Vendor
from vendors.vocabulary import Delivery, LineRole, Operation, Phase

SPARE_LINES = 3
MOST_LINES = 100
PARTS = ("operation", "phase", "site", "delivery", "partner", "role")
MOVES = {"up": -1, "down": 1}
BLANK = {"delivery": Delivery.IN_HOUSE.value, "role": LineRole.PRIMARY.value}


class CandidateForm(VersionedForm):
    """How a vendor stands in a programme, and what changing to it would take."""

    label = forms.CharField(
        label="Label", required=False, max_length=100, help_text="Tells two offers of one vendor apart."
    )
    incumbent = forms.BooleanField(label="Works on this programme already (incumbent)", required=False)
    switching_cost = forms.DecimalField(
        label="Cost of switching to this vendor", required=False, min_value=0, max_digits=16, decimal_places=2,
        help_text="Shown beside the quoted cost, never inside it.",
    )  # fmt: skip
    switching_currency = forms.CharField(
        label="Currency", required=False, max_length=3, help_text="A code of three letters, such as EUR."
    )
    switching_months = forms.DecimalField(
        label="Months that switching takes", required=False, min_value=0, max_digits=5, decimal_places=1,
        help_text="Shown beside the weeks to the milestone, never inside them.",
    )  # fmt: skip

    def clean_switching_currency(self) -> str:
        """In capitals."""
        return str(self.cleaned_data["switching_currency"]).upper()


class AnotherOfferForm(forms.Form):
    """A second offer of the same vendor."""

    label = forms.CharField(
        label="Label of the other offer", max_length=100, help_text="Such as the site it would use."
    )


class SupplyMapForm(Versioned):
    """Steps in the order of the process. A step without an operation is left out; without a site it is unknown who does it."""

    def __init__(
        self,
        candidate: Candidate,
        sites: Sequence[Site],
        partners: Sequence[Vendor],
        capabilities: Sequence[Capability],
        lines: int,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.candidate, self.lines = candidate, lines
        self.sites = {str(site.public_id): site for site in sites}
        self.partners = {str(vendor.public_id): vendor for vendor in partners}
        self.capabilities = {(row.site_id, row.operation): row for row in capabilities}
        site_choices = [("", "Not known")] + [
            (key, site.name if site.vendor_id == candidate.vendor_id else f"{site.vendor.name}: {site.name}")
            for key, site in self.sites.items()
        ]
        partner_choices = [("", "No partner")] + [(key, vendor.name) for key, vendor in self.partners.items()]
        for number in range(lines):
            self.fields[f"supply_map-{number}-operation"] = forms.ChoiceField(
                label="Operation", required=False, choices=[("", "Leave out"), *Operation.choices()]
            )
            self.fields[f"supply_map-{number}-phase"] = forms.ChoiceField(
                label="Phase", required=False, choices=[("", "The programme's"), *Phase.choices()]
            )
            self.fields[f"supply_map-{number}-site"] = forms.ChoiceField(
                label="Site", required=False, choices=site_choices
            )
            self.fields[f"supply_map-{number}-delivery"] = forms.ChoiceField(
                label="Done",
                choices=[(Delivery.IN_HOUSE.value, "In-house"), (Delivery.PARTNER.value, "By a partner")],
            )
            self.fields[f"supply_map-{number}-partner"] = forms.ChoiceField(
                label="Partner", required=False, choices=partner_choices
            )
            self.fields[f"supply_map-{number}-role"] = forms.ChoiceField(
                label="Role", choices=LineRole.choices()
            )

    @staticmethod
    def initial_of(candidate: Candidate, shown: SupplyMap) -> dict[str, Any]:
        """The present map, or the assumed one as a start."""
        initial: dict[str, Any] = {"version": candidate.version}
        for number, step in enumerate(shown.steps):
            initial |= {
                f"supply_map-{number}-operation": step.operation, f"supply_map-{number}-phase": step.phase, f"supply_map-{number}-site": step.site.id if step.site else "",
                f"supply_map-{number}-delivery": step.delivery, f"supply_map-{number}-role": step.role,
                f"supply_map-{number}-partner": step.partner_vendor.id if step.partner_vendor else "",
            }  # fmt: skip
        return initial

    @staticmethod
    def sent_lines(posted: Mapping[str, str], default: int) -> int:
        """How many rows the form that was sent had."""
        sent = posted.get("lines", "")
        return min(int(sent), MOST_LINES) if sent.isascii() and sent.isdigit() and len(sent) < 4 else default

    @staticmethod
    def rearranged(posted: Mapping[str, str], lines: int, act: str) -> dict[str, Any]:
        """What was sent with a row moved ("up-2", "down-2"), taken out ("remove-2") or added before it ("add-2").

        Unknown acts change nothing. The number of rows comes as "lines".
        """
        rows = [{part: posted.get(f"supply_map-{n}-{part}", "") for part in PARTS} for n in range(lines)]
        kind, _, place = act.partition("-")
        at = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else lines
        if kind == "remove" and at < lines:
            del rows[at]
        elif kind == "add" and at <= lines < MOST_LINES:
            rows.insert(at, {part: BLANK.get(part, "") for part in PARTS})
        elif kind in MOVES and at < lines and 0 <= at + MOVES[kind] < lines:
            rows.insert(at + MOVES[kind], rows.pop(at))
        initial: dict[str, Any] = {"version": posted.get("version", ""), "lines": len(rows)}
        for number, row in enumerate(rows):
            initial |= {f"supply_map-{number}-{part}": value for part, value in row.items()}
        return initial

    def rows(self) -> Iterator[dict[str, BoundField]]:
        """The boxes of each step."""
        for number in range(self.lines):
            yield {part: self[f"supply_map-{number}-{part}"] for part in PARTS}

    def supply_map(self) -> list[dict[str, Any]]:
        """The steps for the service; the capability follows from site and operation."""
        steps: list[dict[str, Any]] = []
        for number in range(self.lines):
            said = {part: self.cleaned_data[f"supply_map-{number}-{part}"] for part in PARTS}
            if not said["operation"]:
                continue
            site = self.sites.get(said["site"])
            steps.append(
                {
                    "operation": said["operation"], "site": site, "delivery": said["delivery"], "role": said["role"],
                    "phase": said["phase"] or self.candidate.program.phase_now, "partner_vendor": self.partners.get(said["partner"]),
                    "capability": self.capabilities.get((site.pk, said["operation"])) if site else None,
                }
            )  # fmt: skip
        return steps


class WaiverForm(forms.Form):
    """Ask that a must-have be set aside for this vendor until a day."""

    gate = forms.ChoiceField(label="Must-have")
    text = forms.CharField(
        label="Why it can be set aside", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    expires_on = forms.DateField(label="Until", widget=DayInput())

    def __init__(self, gates: Sequence[ScorecardGate], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {gate.code: gate for gate in gates}
        self.fields["gate"].choices = [(gate.code, gate.label) for gate in gates]  # type: ignore[attr-defined]

    def asked(self) -> tuple[ScorecardGate, str, date]:
        """The must-have, the reason and the last day."""
        data = self.cleaned_data
        return self.by_code[data["gate"]], data["text"], data["expires_on"]
