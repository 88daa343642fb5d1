"""Addresses below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from vendors.api import dealings, documents, profile
from vendors.api.contradictions import ContradictionViews
from vendors.api.evidence import EvidenceViews
from vendors.api.imports import ImportViews, PublicLoadViews
from vendors.api.matches import MatchViews
from vendors.api.records import FactsView, RecordViews
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
    "regulatory-watch": WatchViews,
    "regulatory-changes": StandingChangeViews,
    "imports": ImportViews,
    "public-loads": PublicLoadViews,
}.items():
    router.register(address, views, basename=f"api-{address}")

urlpatterns = [
    path("facts/", FactsView.as_view(), name="api-facts"),
    path(
        "vendors/<uuid:id>/contradictions/",
        ContradictionViews.as_view({"get": "retrieve"}),
        name="api-vendor-contradictions",
    ),
    *router.urls,
]
