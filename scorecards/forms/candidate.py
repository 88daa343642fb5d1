"""A candidate's supply map, and asking for a waiver."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from scorecards.forms.builder import Versioned
from scorecards.models import Candidate, ScorecardGate
from scorecards.selectors.supply_maps import SupplyMap
from vendors.models import Capability, Site, Vendor
from vendors.vocabulary import Delivery, LineRole, Operation

SPARE_LINES = 3
PARTS = ("operation", "site", "delivery", "partner", "role")


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
                f"supply_map-{number}-operation": step.operation, f"supply_map-{number}-site": step.site.id if step.site else "",
                f"supply_map-{number}-delivery": step.delivery, f"supply_map-{number}-role": step.role,
                f"supply_map-{number}-partner": step.partner_vendor.id if step.partner_vendor else "",
            }  # fmt: skip
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
                    "phase": self.candidate.program.phase_now, "partner_vendor": self.partners.get(said["partner"]),
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
    expires_on = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, gates: Sequence[ScorecardGate], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {gate.code: gate for gate in gates}
        self.fields["gate"].choices = [(gate.code, gate.label) for gate in gates]  # type: ignore[attr-defined]

    def asked(self) -> tuple[ScorecardGate, str, date]:
        """The must-have, the reason and the last day."""
        data = self.cleaned_data
        return self.by_code[data["gate"]], data["text"], data["expires_on"]
