"""Addresses of vendors' pages."""

from django.urls import URLPattern, path

from vendors.views import (
    archive,
    directory,
    edit_dealings,
    edit_lists,
    edit_profile,
    evidence,
    imports,
    profile,
    review,
    watch,
)

app_name = "vendors"


def _archive(kind: str, address: str) -> URLPattern:
    return path(f"{address}/<uuid:row_id>/archive/", archive.archive, {"kind": kind}, name=f"{kind}_archive")


urlpatterns = [
    path("", directory.directory, name="directory"),
    path("add/", edit_profile.vendor_add, name="vendor_add"),
    path("<uuid:vendor_id>/", profile.profile, name="profile"),
    path("<uuid:vendor_id>/sites/", profile.sites, name="sites"),
    path("<uuid:vendor_id>/evidence/", profile.evidence, name="evidence"),
    path("<uuid:vendor_id>/dealings/", profile.dealings, name="dealings"),
    path("<uuid:vendor_id>/scores/", profile.scores, name="scores"),
    path("<uuid:vendor_id>/changes/", profile.changes, name="changes"),
    path("<uuid:vendor_id>/edit/", edit_profile.vendor_edit, name="vendor_edit"),
    path("<uuid:row_id>/archive/", archive.archive, {"kind": "vendor"}, name="vendor_archive"),
    path("<uuid:vendor_id>/restore/", archive.vendor_restore, name="vendor_restore"),
    path("<uuid:vendor_id>/sites/add/", edit_profile.site_add, name="site_add"),
    path("sites/<uuid:site_id>/edit/", edit_profile.site_edit, name="site_edit"),
    _archive("site", "sites"),
    path("sites/<uuid:site_id>/capabilities/add/", edit_profile.capability_add, name="capability_add"),
    path("capabilities/<uuid:capability_id>/edit/", edit_profile.capability_edit, name="capability_edit"),
    _archive("capability", "capabilities"),
    path("<uuid:vendor_id>/services/add/", edit_profile.service_add, name="service_add"),
    path("services/<uuid:service_id>/edit/", edit_profile.service_edit, name="service_edit"),
    _archive("service", "services"),
    path("<uuid:vendor_id>/certificates/add/", edit_dealings.certificate_add, name="certificate_add"),
    path("certificates/<uuid:certificate_id>/edit/", edit_dealings.certificate_edit, name="certificate_edit"),
    path(
        "certificates/<uuid:certificate_id>/verify/",
        edit_dealings.certificate_verify,
        name="certificate_verify",
    ),
    _archive("certificate", "certificates"),
    path("<uuid:vendor_id>/contacts/add/", edit_dealings.contact_add, name="contact_add"),
    path("contacts/<uuid:contact_id>/edit/", edit_dealings.contact_edit, name="contact_edit"),
    _archive("contact", "contacts"),
    path("<uuid:vendor_id>/notes/add/", edit_dealings.note_add, name="note_add"),
    path("notes/<uuid:note_id>/edit/", edit_dealings.note_edit, name="note_edit"),
    path("notes/<uuid:note_id>/promote/", evidence.note_promote, name="note_promote"),
    _archive("note", "notes"),
    path("<uuid:vendor_id>/agreement/", edit_dealings.cda_edit, name="cda_edit"),
    path(
        "sites/<uuid:site_id>/qualifications/add/", edit_dealings.qualification_add, name="qualification_add"
    ),
    path(
        "qualifications/<uuid:qualification_id>/edit/",
        edit_dealings.qualification_edit,
        name="qualification_edit",
    ),
    path("<uuid:vendor_id>/complete/", edit_dealings.attest, name="attest"),
    path(
        "complete/<uuid:attestation_id>/withdraw/",
        edit_dealings.attestation_withdraw,
        name="attestation_withdraw",
    ),
    path("<uuid:vendor_id>/evidence/add/", evidence.evidence_add, name="evidence_add"),
    path("evidence/<uuid:evidence_id>/", evidence.record, name="evidence_record"),
    path("evidence/<uuid:evidence_id>/revise/", evidence.evidence_revise, name="evidence_revise"),
    path("evidence/<uuid:evidence_id>/retract/", evidence.evidence_retract, name="evidence_retract"),
    path("evidence/<uuid:evidence_id>/verify/", evidence.evidence_verify, name="evidence_verify"),
    path("imports/", imports.imports, name="imports"),
    path("imports/add/", imports.import_add, name="import_add"),
    path("imports/<uuid:import_id>/", imports.one_import, name="import"),
    path("imports/<uuid:import_id>/load/", imports.import_commit, name="import_commit"),
    path("imports/<uuid:import_id>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<uuid:import_id>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<uuid:import_id>/rejected.csv", imports.import_rejected, name="import_rejected"),
    path("<uuid:vendor_id>/list-screens/add/", edit_lists.screen_add, name="screen_add"),
    path("list-screens/<uuid:screen_id>/retract/", edit_lists.screen_retract, name="screen_retract"),
    path("<uuid:vendor_id>/names/add/", edit_lists.alias_add, name="alias_add"),
    path("names/<uuid:alias_id>/archive/", edit_lists.alias_archive, name="alias_archive"),
    path("watch/", watch.watch, name="watch"),
    path("review/", review.review, name="review"),
    path("review/look/", review.match_again, name="match_again"),
    path("review/<uuid:match_id>/accept/", review.match_accept, name="match_accept"),
    path("review/<uuid:match_id>/reject/", review.match_reject, name="match_reject"),
    path("review/<uuid:match_id>/other-site/", review.match_elsewhere, name="match_elsewhere"),
    path("files/<uuid:file_id>/", edit_dealings.file, name="file"),
]
