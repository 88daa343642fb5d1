"""Forms of the profile: vendor, site, capability, service, certificate, attestation."""

from collections.abc import Sequence
from typing import Any

from django import forms

from cdmo_eval.http.pages.sheet import VersionedForm
from vendors import vocabulary as terms
from vendors.forms import fields
from vendors.vocabulary import Grade

Pairs = Sequence[tuple[str, str]]

SOURCE_HELP = "Where this comes from, such as “capacity table of May 2026”. It is kept as evidence."


class StatedForm(VersionedForm):
    """A form whose entries become evidence: where they come from is asked once, below them."""

    stated_source = fields.text("Source of these entries", most=500, help_text=SOURCE_HELP)
    stated_grade = fields.choice(
        "Grade of the source", Grade, required=True, blank="", help_text="D unless somebody checked it."
    )
    stated_on = fields.day("As of", help_text="Today when left blank.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stated_grade"].initial = Grade.D.value
        for name in STATED:  # after what the form is about
            self.fields[name] = self.fields.pop(name)

    def entered(self) -> dict[str, Any]:
        """What was changed, without the source."""
        return {name: value for name, value in super().entered().items() if name not in STATED}


STATED = ("stated_source", "stated_grade", "stated_on")


class VendorForm(StatedForm):
    """The company."""

    name = fields.text("Name", required=True)
    legal_name = fields.text("Legal name", help_text="As in the company register.")
    hq_country = fields.country("Country of the head office")
    website = forms.URLField(label="Website", required=False, max_length=300, assume_scheme="https")
    parent = fields.text("Owner", help_text="Parent company or main shareholder.")
    ownership_type = fields.choice("Kind of owner", terms.OwnershipType)
    owner_country = fields.country("Country of the owner")
    integration = fields.choice("What it covers", terms.Integration)
    focus = fields.choice("Focus", terms.Focus)
    niche_modalities = fields.several("Niche modalities", terms.Modality)
    founded_year = fields.whole("Founded in", low=1600, high=2200)
    employees = fields.whole("Employees")


class SiteForm(StatedForm):
    """A place where the vendor works."""

    name = fields.text("Name", required=True)
    city = fields.text("City", most=120)
    country = fields.country("Country")
    address = fields.text("Address", most=500)
    lat = fields.number("Latitude", low=-90, high=90, help_text="Degrees, such as 54.97.")
    lon = fields.number("Longitude", low=-180, high=180, help_text="Degrees, such as -2.10.")
    status = fields.choice("Status", terms.SiteStatus, required=True, blank="")
    fei = forms.RegexField(
        r"^\d{1,10}$",
        label="FDA establishment identifier (FEI)",
        required=False,
        help_text="7 to 10 digits. Official records are found by it.",
        error_messages={"invalid": "An FEI number has 7 to 10 digits and nothing else."},
    )
    duns = fields.text("DUNS number", most=9)
    ema_org_id = fields.text("EMA organisation", most=13, help_text="ORG- and nine digits.")
    ema_loc_id = fields.text("EMA location", most=13, help_text="LOC- and nine digits.")
    mia_number = fields.text("Manufacturing authorisation", most=100)
    mhra_licence = fields.text("MHRA licence", most=100)
    opened = fields.whole("Opened in", low=1600, high=2200)
    single_use_pct = fields.number("Single-use share, %", high=100)
    modular_level = fields.whole("Modular level", high=5)
    dpmm_level = fields.whole("Digital maturity (DPMM level)", low=1, high=5)
    bsl = fields.whole("Biosafety level", low=1, high=4)
    oeb_max = fields.whole("Highest OEB handled", low=1, high=6)
    storage_classes = fields.several("Storage", terms.StorageClass)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].initial = terms.SiteStatus.ACTIVE.value


class CapabilityForm(StatedForm):
    """What a site does for a modality. Modality and operation are asked once: they say which row it is."""

    modality = fields.choice("Modality", terms.Modality, required=True, blank="Choose a modality")
    operation = fields.choice("Operation", terms.Operation, required=True, blank="Choose an operation")
    modality_text = fields.text("Which other modality", help_text="Only for “Other”.")
    phases = fields.several("Phases", terms.Phase)
    gmp = fields.yes_no("Under GMP")
    scale_min = fields.number("Smallest batch")
    scale_max = fields.number("Largest batch")
    batch_unit = fields.choice("Unit of the batch", terms.BatchUnit)
    train_size = fields.number("Size of one train", help_text="In the unit of the batch.")
    trains = fields.whole("Trains")
    annual_capacity = fields.number("Yearly capacity")
    rate_unit = fields.choice("Unit of the yearly capacity", terms.RateUnit)
    annual_committed_pct = fields.number("Committed, %", high=100)
    batches_36m = fields.whole("GMP batches in the last 36 months")
    lead_time_weeks = fields.number("Weeks to the first slot")
    capacity_open_from = fields.day("Capacity open from")
    changeover_days = fields.number("Days of a changeover")
    vein_to_release_days = fields.number("Days from vein to release")
    dosage_forms = fields.several("Dosage forms", terms.DosageForm)
    container_formats = fields.several("Containers", terms.ContainerFormat)
    plasmid_source = fields.choice("Source of plasmids", terms.PlasmidSource)

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["modality"], self.fields["operation"]


class ServiceForm(StatedForm):
    """A service and how it is delivered."""

    code = fields.choice("Service", terms.ServiceCode, required=True, blank="Choose a service")
    delivery = fields.choice("Delivered", terms.Delivery)
    gmp_grade = fields.choice("GMP grade", terms.GmpGrade)
    markets = fields.several("Markets", terms.Market)

    def __init__(self, *args: Any, new: bool, sites: Pairs, partners: Pairs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"] = fields.pick("Site", sites, blank="The whole vendor")
        self.fields["partner_vendor"] = fields.pick(
            "Partner", partners, blank="None", help_text="Only when a partner delivers it."
        )
        self.order_fields(["code", "site", "delivery", "partner_vendor", "gmp_grade", "markets", *STATED])
        if not new:
            del self.fields["code"], self.fields["site"]


class CertificateForm(VersionedForm):
    """A certificate or licence."""

    kind = fields.choice("Kind", terms.CertificateKind, required=True, blank="Choose a kind")
    number = fields.text("Number", most=100)
    authority = fields.text("Issued by", most=100)
    scope = fields.words("Scope", help_text="What the document covers, in its own words.")
    issued_on = fields.day("Issued on")
    inspected_on = fields.day("Inspection ended on")
    valid_until = fields.day("Valid until")
    grade = fields.choice("Grade", Grade, required=True, blank="")
    upload = fields.Upload("The document")

    def __init__(self, *args: Any, new: bool, sites: Pairs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].initial = Grade.D.value
        self.fields["site"] = fields.pick("Site", sites, blank="The whole vendor")
        self.order_fields(["kind", "site"])
        if not new:
            for name in ("kind", "site", "grade"):
                del self.fields[name]


class AttestationForm(forms.Form):
    """That a section of the profile is complete."""

    section = fields.choice("Section", terms.AttestedSection, required=True, blank="")
    attested_on = fields.day("Complete as of", required=True)
    attested_by = fields.text("Stated by", help_text="Who says so; you, when left blank.")
    note = fields.text("Note", most=500)


class ReasonForm(VersionedForm):
    """Why something is taken back; kept for good."""

    reason = fields.words(
        "Reason", required=True, rows=2, help_text="Kept in the ledger and in the audit trail."
    )


class VerifyForm(VersionedForm):
    """On what basis a claim is confirmed."""

    grade = fields.choice("Grade the review reached", Grade, required=True, blank="")
    note = fields.words("What was checked", rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reached = [(grade.value, f"{grade.value}: {grade.label}") for grade in Grade if grade.value in "ABC"]
        self.fields["grade"] = forms.ChoiceField(
            label="Grade the review reached", choices=reached, initial="C", widget=forms.RadioSelect
        )
        self.order_fields(["grade", "note"])
