"""Forms of dealings and documents: contacts, notes, agreement, qualification, certificates, attestations."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, Stored, form_sheet
from vendors import services
from vendors.forms.dealings import CdaForm, ContactForm, NoteForm, QualificationForm
from vendors.forms.profile import AttestationForm, CertificateForm, ReasonForm, VerifyForm
from vendors.models import (
    Cda,
    Certificate,
    Contact,
    Note,
    Qualification,
    SectionAttestation,
    Site,
    StoredFile,
    Vendor,
)
from vendors.policies import sees_commercial
from vendors.selectors import get_one
from vendors.services import Provenance
from vendors.views.edit_profile import fields_of, reread, site_pairs, stored_values
from vendors.views.frame import find_vendor, sites_of, trail, vendor_url
from vendors.vocabulary import CertificateKind, Confidentiality, Operation, SourceKind


def keep_upload(
    request: HttpRequest, actor: Actor, vendor: Vendor, *, confidentiality: str
) -> StoredFile | None:
    """Keep the document sent with a form, if any; a refusal names the field "upload"."""
    sent = request.FILES.get("upload")
    if sent is None:
        return None
    try:
        return services.store_file(
            organization=actor.organization,
            content=sent.file,  # type: ignore[arg-type]  # an uploaded file is read like any other
            name=sent.name or "",
            confidentiality=confidentiality,
            by=actor,
            now=timezone.now(),
            vendor=vendor,
        )
    except DomainError as error:
        error.errors = tuple(replace(one, field="upload") for one in error.errors)
        raise


@page(Permission.EDIT_CONTACTS, **FORM)
def contact_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """A person at the vendor."""
    vendor = find_vendor(actor, vendor_id)
    form = ContactForm(request.POST or None)

    def save() -> str:
        services.create_contact(
            organization=actor.organization, vendor=vendor, by=actor, now=timezone.now(), **form.entered()
        )
        return vendor_url(vendor, "dealings")

    sheet = _dealings_sheet(vendor, "Add contact", "Add contact", "The contact was added.")
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _dealings_sheet(vendor: Vendor, title: str, act: str, done: str, **more: Any) -> Sheet:
    back = vendor_url(vendor, "dealings")
    return Sheet(title=title, act=act, back=back, trail=trail(vendor, ("Dealings", back)), done=done, **more)


@page(Permission.EDIT_CONTACTS, **FORM)
def contact_edit(request: HttpRequest, actor: Actor, contact_id: UUID) -> HttpResponse:
    """A contact's fields."""
    row = get_one(Contact.objects.for_organization(actor.organization).select_related("vendor"), contact_id)
    names = fields_of(ContactForm())
    form = ContactForm(request.POST or None, initial=stored_values(row, names))

    def save() -> str:
        services.update_contact(
            contact=row,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            **form.entered(),
        )
        return vendor_url(row.vendor, "dealings")

    sheet = _dealings_sheet(row.vendor, f"Edit {row.name}", "Save contact", "The contact was saved.")
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: reread(row, names))


@page(Permission.EDIT_NOTES, **FORM)
def note_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """What was heard or seen on a day."""
    vendor = find_vendor(actor, vendor_id)
    pairs = site_pairs(sites_of(actor, vendor))
    form = NoteForm(
        request.POST or None,
        new=True,
        commercial=sees_commercial(actor),
        sites=pairs,
        initial={"on": timezone.now().date()},
    )

    def save() -> str:
        given = dict(form.cleaned_data)
        site = given.pop("site")
        given.pop("version")
        services.create_note(
            organization=actor.organization,
            vendor=vendor,
            by=actor,
            now=timezone.now(),
            site=_site(actor, site) if site else None,
            **given,
        )
        return vendor_url(vendor, "dealings")

    sheet = _dealings_sheet(vendor, "Write a note", "Save note", "The note was saved.")
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _site(actor: Actor, site_id: UUID | str) -> Site:
    return get_one(Site.objects.for_organization(actor.organization).select_related("vendor"), site_id)


@page(Permission.EDIT_NOTES, **FORM)
def note_edit(request: HttpRequest, actor: Actor, note_id: UUID) -> HttpResponse:
    """Correct a note."""
    rows = Note.objects.for_organization(actor.organization).visible(commercial=sees_commercial(actor))
    row = get_one(rows.select_related("vendor"), note_id)
    options: dict[str, Any] = {"new": False, "commercial": sees_commercial(actor), "sites": []}
    names = fields_of(NoteForm(**options))
    form = NoteForm(request.POST or None, initial=stored_values(row, names), **options)

    def save() -> str:
        services.update_note(
            note=row,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            **form.entered(),
        )
        return vendor_url(row.vendor, "dealings")

    sheet = _dealings_sheet(row.vendor, "Edit note", "Save note", "The note was saved.")
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: reread(row, names))


@page(Permission.EDIT_CDAS, **FORM)
def cda_edit(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """The confidentiality agreement with the vendor."""
    vendor = find_vendor(actor, vendor_id)
    row = Cda.objects.for_organization(actor.organization).of_vendor(vendor).active().first()
    names = ("status", "signed_on", "expires_on")
    initial = stored_values(row, names) if row else {}
    form = CdaForm(request.POST or None, request.FILES or None, initial=initial)

    def save() -> str:
        given = {name: form.cleaned_data[name] for name in names}
        if file := keep_upload(request, actor, vendor, confidentiality=Confidentiality.COMMERCIAL.value):
            given["file"] = file
        services.set_cda(
            organization=actor.organization,
            vendor=vendor,
            by=actor,
            now=timezone.now(),
            expected_version=form.cleaned_data["version"],
            **given,
        )
        return vendor_url(vendor, "dealings")

    def stored() -> Stored:
        present = Cda.objects.for_organization(actor.organization).of_vendor(vendor).active().get()
        return Stored(present.version, stored_values(present, names))

    sheet = _dealings_sheet(vendor, "Confidentiality agreement", "Save agreement", "The agreement was saved.")
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=stored)


@page(Permission.EDIT_QUALIFICATION, **FORM)
def qualification_add(request: HttpRequest, actor: Actor, site_id: UUID) -> HttpResponse:
    """The first status of a site for an operation."""
    return _qualification(request, actor, _site(actor, site_id), None)


@page(Permission.EDIT_QUALIFICATION, **FORM)
def qualification_edit(request: HttpRequest, actor: Actor, qualification_id: UUID) -> HttpResponse:
    """Another status."""
    rows = Qualification.objects.for_organization(actor.organization).select_related("site__vendor")
    row = get_one(rows, qualification_id)
    return _qualification(request, actor, row.site, row)


def _qualification(request: HttpRequest, actor: Actor, site: Site, row: Qualification | None) -> HttpResponse:
    names = [name for name in fields_of(QualificationForm(new=row is None)) if name != "reason"]
    form = QualificationForm(
        request.POST or None, new=row is None, initial=stored_values(row, names) if row else {}
    )

    def save() -> str:
        given = {name: form.cleaned_data[name] for name in names}
        operation = row.operation if row else given.pop("operation")
        services.set_qualification(
            organization=actor.organization,
            site=site,
            operation=operation,
            by=actor,
            now=timezone.now(),
            expected_version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
            **given,
        )
        return vendor_url(site.vendor, "sites")

    what = f"{Operation(row.operation).label} at {site.name}" if row else site.name
    sheet = Sheet(
        title=f"Qualification of {what}",
        act="Save qualification",
        back=vendor_url(site.vendor, "sites"),
        trail=trail(site.vendor, ("Sites", vendor_url(site.vendor, "sites"))),
        done="The qualification was saved.",
    )
    stored = (lambda: reread(row, names)) if row else None
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=stored)


@page(Permission.EDIT_EVIDENCE, **FORM)
def certificate_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """A certificate or licence."""
    vendor = find_vendor(actor, vendor_id)
    pairs = site_pairs(sites_of(actor, vendor))
    form = CertificateForm(request.POST or None, request.FILES or None, new=True, sites=pairs)

    def save() -> str:
        given = dict(form.cleaned_data)
        site, grade = given.pop("site"), given.pop("grade")
        given.pop("version"), given.pop("upload")
        services.create_certificate(
            organization=actor.organization,
            vendor=vendor,
            site=_site(actor, site) if site else None,
            by=actor,
            now=timezone.now(),
            provenance=Provenance(grade=grade, source_kind=SourceKind.FORM.value),
            file=keep_upload(request, actor, vendor, confidentiality=Confidentiality.PUBLIC.value),
            **given,
        )
        return vendor_url(vendor)

    sheet = Sheet(
        title="Add certificate",
        act="Add certificate",
        back=vendor_url(vendor),
        trail=trail(vendor),
        done="The certificate was added.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _certificate(actor: Actor, certificate_id: UUID) -> Certificate:
    rows = Certificate.objects.for_organization(actor.organization).select_related("vendor", "site")
    return get_one(rows, certificate_id)


@page(Permission.EDIT_EVIDENCE, **FORM)
def certificate_edit(request: HttpRequest, actor: Actor, certificate_id: UUID) -> HttpResponse:
    """A certificate's number, scope and dates."""
    row = _certificate(actor, certificate_id)
    names = [name for name in fields_of(CertificateForm(new=False, sites=[])) if name != "upload"]
    form = CertificateForm(
        request.POST or None, request.FILES or None, new=False, sites=[], initial=stored_values(row, names)
    )

    def save() -> str:
        given = form.entered()
        given.pop("upload", None)
        if file := keep_upload(request, actor, row.vendor, confidentiality=Confidentiality.PUBLIC.value):
            given["file"] = file
        services.update_certificate(
            certificate=row,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            **given,
        )
        return vendor_url(row.vendor)

    sheet = Sheet(
        title=CertificateKind(row.kind).label,
        act="Save certificate",
        back=vendor_url(row.vendor),
        trail=trail(row.vendor),
        meta="A verified certificate becomes a claim again when it is changed.",
        done="The certificate was saved.",
        template="vendors/archivable_form.html",
        context={
            "archive_url": reverse("vendors:certificate_archive", args=[row.public_id]),
            "archive_act": "Archive this certificate",
        },
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: reread(row, names))


@page(Permission.VERIFY_EVIDENCE, **FORM)
def certificate_verify(request: HttpRequest, actor: Actor, certificate_id: UUID) -> HttpResponse:
    """Confirm a certificate that somebody else recorded."""
    row = _certificate(actor, certificate_id)
    form = VerifyForm(request.POST or None, initial={"version": row.version})
    del form.fields["note"]

    def save() -> str:
        services.verify_certificate(
            certificate=row,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            grade=form.cleaned_data["grade"],
        )
        return vendor_url(row.vendor)

    sheet = Sheet(
        title=f"Verify {CertificateKind(row.kind).label}",
        act="Verify certificate",
        back=vendor_url(row.vendor),
        trail=trail(row.vendor),
        done="The certificate is verified.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_EVIDENCE, **FORM)
def attest(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """State that a section of the profile is complete."""
    vendor = find_vendor(actor, vendor_id)
    form = AttestationForm(request.POST or None, initial={"attested_on": timezone.now().date()})

    def save() -> str:
        services.attest_section(vendor=vendor, by=actor, now=timezone.now(), **form.cleaned_data)
        return vendor_url(vendor)

    sheet = Sheet(
        title="State that a section is complete",
        act="State that it is complete",
        back=vendor_url(vendor),
        trail=trail(vendor),
        lede="From then on, what the section does not list counts as “no” instead of unknown.",
        done="The section is stated to be complete.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_EVIDENCE, **FORM)
def attestation_withdraw(request: HttpRequest, actor: Actor, attestation_id: UUID) -> HttpResponse:
    """Take back that a section is complete."""
    rows = SectionAttestation.objects.for_organization(actor.organization).select_related("vendor")
    row = get_one(rows, attestation_id)
    form = ReasonForm(request.POST or None)

    def save() -> str:
        services.withdraw_attestation(
            attestation=row, reason=form.cleaned_data["reason"], by=actor, now=timezone.now()
        )
        return vendor_url(row.vendor)

    sheet = Sheet(
        title=f"Withdraw “{row.section} complete”",
        act="Withdraw the statement",
        kind="danger",
        back=vendor_url(row.vendor),
        trail=trail(row.vendor),
        done="The statement was withdrawn.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page()
def file(request: HttpRequest, actor: Actor, file_id: UUID) -> FileResponse:
    """Download an attachment; the service decides who may."""
    row = get_one(StoredFile.objects.for_organization(actor.organization), file_id)
    content = services.open_file(organization=actor.organization, file=row, by=actor, now=timezone.now())
    return FileResponse(
        content,
        as_attachment=True,
        filename=row.name,
        content_type=row.content_type,
        headers={
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
