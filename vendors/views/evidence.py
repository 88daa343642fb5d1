"""Pages of evidence: one record with its history, and the forms that record, revise, retract and verify."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.core.rubrics import level_texts
from cdmo_eval.http.pages.access import FORM, is_fragment, page
from cdmo_eval.http.pages.sheet import Sheet, Stored, form_sheet
from vendors import services
from vendors.facts import FACTS, Fact
from vendors.forms.evidence import SCOPE, AboutForm, EvidenceForm
from vendors.forms.profile import ReasonForm, VerifyForm
from vendors.models import Capability, Evidence, EvidenceRevision, Note, Site, Vendor
from vendors.policies import is_author, sees_commercial
from vendors.selectors import evidence_record, get_one, revisions_of
from vendors.services import Provenance, Scope, Subject
from vendors.value_words import value_words
from vendors.views.edit_dealings import keep_upload
from vendors.views.frame import find_vendor, sites_of, trail, vendor_url
from vendors.views.record_lines import about, capability_name, record_line, scope_words, source_words
from vendors.vocabulary import ClaimType, Confidentiality, Grade, SubjectType

PLAIN = (
    "obtained_on",
    "grade",
    "source_kind",
    "source",
    "source_url",
    "valid_until",
    "note",
    "confidentiality",
)


@page()
def record(request: HttpRequest, actor: Actor, evidence_id: UUID) -> HttpResponse:
    """One record: as a page, or below its row for htmx."""
    row = evidence_record(actor.organization, evidence_id, commercial=sees_commercial(actor))
    as_of = timezone.now().date()
    open_to_change = row.retracted_on is None and row.vendor.archived_at is None
    claimed = open_to_change and row.claim_type == ClaimType.CLAIMED and not row.refused
    may_verify = claimed and allows(actor, Permission.VERIFY_EVIDENCE)
    own = is_author(actor, row)
    context = {
        "line": record_line(row, as_of=as_of),
        "as_of": as_of,
        "rows": _facts(row),
        "level": _level(row),
        "revisions": [_revision(one) for one in revisions_of(actor.organization, row)],
        "directory_url": reverse("vendors:directory"),
        "vendor_link": vendor_url(row.vendor),
        "evidence_url": vendor_url(row.vendor, "evidence"),
        "may_revise": open_to_change and allows(actor, Permission.EDIT_EVIDENCE),
        "may_verify_this": may_verify and not own,
        "why_not": "You recorded this, so somebody else verifies it." if may_verify and own else "",
    }
    template = "vendors/parts/record.html" if is_fragment(request) else "vendors/record.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _level(row: Evidence) -> str:
    """What the stated level means, "" where the criteria set has no words for it."""
    texts = level_texts(row.target)
    if not texts or not row.value or "level" not in row.value:
        return ""
    highest = getattr(FACTS[row.target].schema, "high", len(texts))
    at = int(row.value["level"]) - (highest - len(texts) + 1)
    return texts[at] if 0 <= at < len(texts) else ""


def _facts(row: Evidence) -> list[tuple[str, Any]]:
    """Who, where from, for whom."""
    lines: list[tuple[str, Any]] = [("Source", source_words(row))]
    if row.source_url:
        lines.append(("Address", row.source_url))
    if row.file:
        lines.append(("Document", row.file.name))
    if row.reviewed_by and row.reviewed_on:
        lines.append(("Reviewed", f"{row.reviewed_by}, {row.reviewed_on:%Y-%m-%d}"))
    lines.append(("Recorded by", row.author_name or "Unknown"))
    lines.append(("Grade", f"{row.grade}: {Grade(row.grade).label}"))
    lines.append(("Who may read it", Confidentiality(row.confidentiality).label))
    return lines


def _revision(row: EvidenceRevision) -> dict[str, Any]:
    mark = f"{ClaimType(row.claim_type).label.lower()}, grade {row.grade}"
    return {
        "number": row.number,
        "value": value_words(row.target, row.value, refused=row.refused),
        "mark": f"retracted, {mark}" if row.retracted_on else mark,
        "obtained_on": row.obtained_on,
        "by": row.revised_by_name,
        "at": row.revised_at,
        "reason": row.reason,
    }


# Recording ---------------------------------------------------------------------------------------------------------
def _subjects(actor: Actor, vendor: Vendor) -> list[tuple[str, str]]:
    """The vendor, its sites and their capabilities, for a choice."""
    pairs = [("vendor", f"The vendor: {vendor.name}")]
    sites = sites_of(actor, vendor)
    capabilities = Capability.objects.for_organization(actor.organization).of_vendor(vendor).active()
    by_site: dict[int, list[Capability]] = {}
    for capability in capabilities.order_by("modality", "operation", "id"):
        by_site.setdefault(capability.site_id, []).append(capability)
    for site in sites:
        pairs.append((f"site:{site.public_id}", f"Site: {site.name}"))
        pairs += [
            (f"capability:{one.public_id}", f"{site.name}: {capability_name(one)}")
            for one in by_site.get(site.pk, [])
        ]
    return pairs


def _subject(actor: Actor, vendor: Vendor, key: str) -> Vendor | Site | Capability:
    """The row behind a subject's key; NotFound unless it is of this vendor."""
    kind, _, public_id = key.partition(":")
    found: Vendor | Site | Capability = vendor
    if kind == "site":
        sites = Site.objects.for_organization(actor.organization).of_vendor(vendor).active()
        found = get_one(sites.select_related("vendor"), _uuid(public_id))
    elif kind == "capability":
        rows = Capability.objects.for_organization(actor.organization).of_vendor(vendor).active()
        found = get_one(rows.select_related("site__vendor"), _uuid(public_id))
    elif kind != "vendor":
        raise NotFound("There is no such subject.")
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such subject.") from None


@page(Permission.EDIT_EVIDENCE, **FORM)
def evidence_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """First what it is about (in the address), then the value in the shape of its fact."""
    vendor = find_vendor(actor, vendor_id)
    fact = FACTS.get(request.GET.get("target", ""))
    key = request.GET.get("subject", "")
    if fact is None or not key:
        return _choose(request, actor, vendor)
    row = _subject(actor, vendor, key)
    subject = Subject.of(row)
    if subject.type not in fact.subjects:
        return _choose(request, actor, vendor, refusal=_wrong_subject(fact, subject.type))
    return _record_form(request, actor, vendor, fact=fact, subject=subject)


def _wrong_subject(fact: Fact, subject: SubjectType) -> str:
    asked = " or ".join(one.label.lower() for one in fact.subjects)
    return f"{fact.label} is not asked of a {subject.label.lower()}: choose a {asked}."


def _choose(request: HttpRequest, actor: Actor, vendor: Vendor, *, refusal: str = "") -> HttpResponse:
    given = {name: request.GET[name] for name in ("subject", "target") if request.GET.get(name)}
    form = AboutForm(
        request.POST or (given if refusal else None), subjects=_subjects(actor, vendor), initial=given
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        fact, kind = FACTS[chosen["target"]], SubjectType(chosen["subject"].partition(":")[0])
        if kind in fact.subjects:
            query = f"?subject={chosen['subject']}&target={chosen['target']}"
            return HttpResponseRedirect(reverse("vendors:evidence_add", args=[vendor.public_id]) + query)
        refusal = _wrong_subject(fact, kind)
    if refusal and form.is_valid():
        form.add_error("subject", refusal)
    sheet = Sheet(
        title="Add evidence",
        act="Go on",
        back=vendor_url(vendor, "evidence"),
        trail=trail(vendor, ("Evidence", vendor_url(vendor, "evidence"))),
        lede="What is known, about whom? The next page asks for the value in its own shape.",
    )
    context = {
        "sheet": sheet,
        "form": form,
        "conflicts": [],
        "links": [{"label": label, "url": url} for label, url in sheet.trail],
    }
    return render(request, sheet.template, context, status=400 if form.errors else 200)


def _record_form(
    request: HttpRequest, actor: Actor, vendor: Vendor, *, fact: Fact, subject: Subject
) -> HttpResponse:
    form = EvidenceForm(
        request.POST or None,
        request.FILES or None,
        fact=fact,
        commercial=sees_commercial(actor),
        initial={"obtained_on": timezone.now().date()},
    )

    def save() -> str:
        given = form.cleaned_data
        row = services.record_evidence(
            organization=actor.organization,
            subject=subject,
            target=fact.code,
            value=required_value(form),
            refused=given["refused"],
            scope=Scope(**{part: given[part] for part in form.scope_names}),
            provenance=Provenance(
                **{name: given[name] for name in PLAIN},
                file=keep_upload(request, actor, vendor, confidentiality=given["confidentiality"]),
            ),
            by=actor,
            now=timezone.now(),
        )
        return reverse("vendors:evidence_record", args=[row.public_id])

    named = subject.capability and capability_name(subject.capability)
    site = subject.site and subject.site.name
    sheet = Sheet(
        title=fact.label,
        act="Record evidence",
        back=vendor_url(vendor, "evidence"),
        trail=trail(vendor, ("Evidence", vendor_url(vendor, "evidence"))),
        meta=" · ".join(part for part in (vendor.name, site, named) if part),
        done="The evidence was recorded.",
        template="vendors/evidence_form.html",
        context={"fact": fact},
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


def required_value(form: EvidenceForm) -> dict[str, Any] | None:
    """The value stated. Raises Invalid, at the first field of the value, when there is neither value nor refusal."""
    value = form.stated()
    if value is None and not form.cleaned_data.get("refused"):
        message = "State the value, or tick that the answer was refused."
        raise Invalid(message, errors=[FieldError(form.value_names[0], "required", message)])
    return value


def _own_record(actor: Actor, evidence_id: UUID) -> Evidence:
    return evidence_record(actor.organization, evidence_id, commercial=sees_commercial(actor))


def _record_url(row: Evidence) -> str:
    return reverse("vendors:evidence_record", args=[row.public_id])


def _record_sheet(row: Evidence, title: str, act: str, done: str, **more: Any) -> Sheet:
    fact = FACTS[row.target]
    way = trail(row.vendor, ("Evidence", vendor_url(row.vendor, "evidence")), (fact.label, _record_url(row)))
    where = " · ".join(part for part in (row.vendor.name, about(row), scope_words(row)) if part)
    return Sheet(title=title, act=act, back=_record_url(row), trail=way, meta=where, done=done, **more)


@page(Permission.EDIT_EVIDENCE, **FORM)
def evidence_revise(request: HttpRequest, actor: Actor, evidence_id: UUID) -> HttpResponse:
    """Another version of a record; the former ones stay."""
    row = _own_record(actor, evidence_id)
    fact = FACTS[row.target]

    def shown() -> dict[str, Any]:
        return {name: getattr(row, name) for name in (*PLAIN, *SCOPE, "refused", "version")}

    form = EvidenceForm(
        request.POST or None,
        request.FILES or None,
        fact=fact,
        value=row.value,
        commercial=sees_commercial(actor),
        initial=shown(),
    )

    def save() -> str:
        given = form.cleaned_data
        changes: dict[str, Any] = {name: given[name] for name in (*PLAIN, *form.scope_names, "refused")}
        changes["value"] = required_value(form)
        if file := keep_upload(request, actor, row.vendor, confidentiality=given["confidentiality"]):
            changes["file"] = file
        services.revise_evidence(
            evidence=row, expected_version=given["version"], by=actor, now=timezone.now(), **changes
        )
        return _record_url(row)

    def stored() -> Stored:
        row.refresh_from_db()
        fresh = EvidenceForm(fact=fact, value=row.value, commercial=sees_commercial(actor), initial=shown())
        return Stored(
            row.version, {name: fresh.get_initial_for_field(one, name) for name, one in fresh.fields.items()}
        )

    sheet = _record_sheet(
        row,
        f"Revise {fact.label}",
        "Save new version",
        "A new version was saved; the former one stays in the history.",
        lede="A verified record becomes a claim again when its value changes.",
        template="vendors/evidence_form.html",
        context={"fact": fact},
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=stored)


@page(Permission.EDIT_EVIDENCE, **FORM)
def evidence_retract(request: HttpRequest, actor: Actor, evidence_id: UUID) -> HttpResponse:
    """Take a record out of everything that counts."""
    row = _own_record(actor, evidence_id)
    form = ReasonForm(request.POST or None, initial={"version": row.version})

    def save() -> str:
        services.retract_evidence(
            evidence=row,
            reason=form.cleaned_data["reason"],
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
        )
        return _record_url(row)

    label = FACTS[row.target].label
    sheet = _record_sheet(
        row,
        f"Retract {label}",
        "Retract this record",
        "The record was retracted.",
        kind="danger",
        lede=f"It says: {value_words(row.target, row.value, refused=row.refused)}. It stays in the ledger with your reason.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.VERIFY_EVIDENCE, **FORM)
def evidence_verify(request: HttpRequest, actor: Actor, evidence_id: UUID) -> HttpResponse:
    """Confirm a claim that somebody else recorded."""
    row = _own_record(actor, evidence_id)
    form = VerifyForm(request.POST or None, initial={"version": row.version})

    def save() -> str:
        services.verify_evidence(
            evidence=row,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            grade=form.cleaned_data["grade"],
            note=form.cleaned_data["note"],
        )
        return _record_url(row)

    label = FACTS[row.target].label
    sheet = _record_sheet(
        row,
        f"Verify {label}",
        "Verify this claim",
        "The claim is verified.",
        lede=f"The claim: {value_words(row.target, row.value)}, {source_words(row)}.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_EVIDENCE, **FORM)
def note_promote(request: HttpRequest, actor: Actor, note_id: UUID) -> HttpResponse:
    """Make a note evidence: choose what it proves, then state the value."""
    rows = Note.objects.for_organization(actor.organization).visible(commercial=sees_commercial(actor))
    note = get_one(rows.select_related("vendor", "site"), note_id)
    kind = SubjectType.SITE if note.site_id else SubjectType.VENDOR
    fact = FACTS.get(request.GET.get("target", ""))
    back = vendor_url(note.vendor, "dealings")
    way = trail(note.vendor, ("Dealings", back))
    if fact is None or kind not in fact.subjects:
        key = f"site:{note.site.public_id}" if note.site else "vendor"
        pairs = [(key, note.site.name if note.site else note.vendor.name)]
        about_form = AboutForm(request.POST or None, subjects=pairs)

        def go_on() -> str:
            chosen = about_form.cleaned_data["target"]
            if kind not in FACTS[chosen].subjects:
                message = _wrong_subject(FACTS[chosen], kind)
                raise Invalid(message, errors=[FieldError("target", "wrong_subject", message)])
            return f"{reverse('vendors:note_promote', args=[note.public_id])}?target={chosen}"

        sheet = Sheet(title="Make the note evidence", act="Go on", back=back, trail=way, lede=note.text[:300])
        return form_sheet(request, sheet=sheet, form=about_form, save=go_on)
    form = EvidenceForm(
        request.POST or None,
        fact=fact,
        commercial=sees_commercial(actor),
        initial={"version": note.version, "obtained_on": note.on},
    )
    for name in ("refused", "obtained_on", "source_kind", "source", "source_url", "upload", "valid_until", "note",
                 "confidentiality", *form.scope_names):  # fmt: skip
        del form.fields[name]  # taken from the note

    def save() -> str:
        made = services.promote_note(
            note=note,
            target=fact.code,
            value=required_value(form) or {},
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            grade=form.cleaned_data["grade"],
        )
        return _record_url(made)

    sheet = Sheet(
        title=fact.label,
        act="Make the note evidence",
        back=back,
        trail=way,
        lede=note.text[:300],
        done="The note became evidence.",
        template="vendors/evidence_form.html",
        context={"fact": fact},
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)
