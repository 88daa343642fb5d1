"""Addresses below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from vendors.api import dealings, documents, profile
from vendors.api.aliases import AliasViews
from vendors.api.audit_plan import AuditPlanViews
from vendors.api.contradictions import ContradictionViews
from vendors.api.duplicates import DuplicateViews, MergeViews
from vendors.api.evidence import EvidenceViews
from vendors.api.imports import ImportViews, KindsView, PublicLoadViews
from vendors.api.matches import MatchViews
from vendors.api.records import FactsView, RecordViews
from vendors.api.saved_views import SavedViewViews
from vendors.api.standing_changes import StandingChangeViews
from vendors.api.watch import WatchViews

router = SimpleRouter(use_regex_path=False)
for address, views in {
    "vendors": profile.VendorViews,
    "sites": profile.SiteViews,
    "capabilities": profile.CapabilityViews,
    "services": profile.ServiceViews,
    "certificates": documents.CertificateViews,
    "files": documents.FileViews,
    "attestations": documents.AttestationViews,
    "list-screens": documents.ListScreenViews,
    "contacts": dealings.ContactViews,
    "notes": dealings.NoteViews,
    "cdas": dealings.CdaViews,
    "qualifications": dealings.QualificationViews,
    "partnerships": dealings.PartnershipViews,
    "evidence": EvidenceViews,
    "regulatory-records": RecordViews,
    "record-matches": MatchViews,
    "vendor-duplicates": DuplicateViews,
    "vendor-views": SavedViewViews,
    "audit-plan": AuditPlanViews,
    "regulatory-watch": WatchViews,
    "regulatory-changes": StandingChangeViews,
    "imports": ImportViews,
    "public-loads": PublicLoadViews,
}.items():
    router.register(address, views, basename=f"api-{address}")

urlpatterns = [
    path("facts/", FactsView.as_view(), name="api-facts"),
    path("import-kinds/", KindsView.as_view(), name="api-import-kinds"),
    path(
        "vendors/<uuid:id>/contradictions/",
        ContradictionViews.as_view({"get": "retrieve"}),
        name="api-vendor-contradictions",
    ),
    path(
        "vendors/<uuid:id>/merge/",
        MergeViews.as_view({"post": "merge"}),
        name="api-vendor-merge",
    ),
    path(
        "vendors/<uuid:id>/keep-apart/",
        MergeViews.as_view({"post": "keep_apart"}),
        name="api-vendor-apart",
    ),
    path(
        "vendors/<uuid:vendor_id>/aliases/",
        AliasViews.as_view({"get": "list", "post": "create"}),
        name="api-vendor-aliases",
    ),
    path(
        "vendors/<uuid:vendor_id>/aliases/<uuid:id>/",
        AliasViews.as_view({"get": "retrieve", "delete": "destroy"}),
        name="api-vendor-alias",
    ),
    *router.urls,
]
