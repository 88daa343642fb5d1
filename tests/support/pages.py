"""Every page of the product on demo data: what to open, and as whom.

The pages follow from the URL configuration and from the table of who may open what, so that a new page is checked
without anybody remembering it. A page that needs a row which the demo has not is an error here, not a page left out.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tests.integration.access.expected import OPEN, ROUTES, THIRD_PARTY_ROUTES

ROLES = ("manager", "procurement", "quality", "admin", "auditor", "evaluator")
"""As whom a page is opened: the first of them that may."""
FILES = ("file/", ".csv", ".xlsx", ".json", ".<str:format>", "files/<uuid:file_id>/")
"""Ends of addresses that answer with a file."""
PARTS = {"metrics", "api/schema/", "health/live/", "health/ready/"}
"""Public addresses that answer programs."""
FRAGMENTS = {"scorecards/<uuid:scorecard_id>/status/", "scorecards/<uuid:scorecard_id>/firmness/simulation/"}
"""Addresses whose answer is a piece of a page, or leads back to one."""
SIGN_IN = {
    "accounts/2fa/": "manager", "accounts/2fa/totp/activate/": "manager", "accounts/sessions/": "manager",
    "accounts/password/change/": "manager", "accounts/reauthenticate/": "manager", "accounts/logout/": "manager",
    "accounts/login/": "", "accounts/password/reset/": "", "accounts/password/reset/done/": "",
    "accounts/inactive/": "",
}  # fmt: skip
"""Pages of django-allauth that a person sees without being in the middle of something; role "" is nobody."""
SIGN_IN_ELSEWHERE = set(THIRD_PARTY_ROUTES) - set(SIGN_IN)
"""Its others: answers to a step just made, addresses in letters, and what is switched off."""
VIEWS: dict[str, tuple[str, ...]] = {
    "scorecards/<uuid:scorecard_id>/": ("?layout=split&start=REG", "?layout=numbers", "?as_of={run}"),
    "scorecards/<uuid:scorecard_id>/compare/": ("?candidates={two}", "?candidates={four}"),
    "scorecards/<uuid:scorecard_id>/build/weights/": ("?method=order", "?method=swing", "?method=pairwise"),
    "scorecards/<uuid:scorecard_id>/build/": ("?archetype=launch",),
    "scorecards/<uuid:scorecard_id>/history/": ("?candidate={candidate}",),
    "scorecards/<uuid:scorecard_id>/firmness/": ("?by=leaf",),
    "scorecards/for-vendors/": ("?act=add&v={vendor}&v={other_vendor}", "?act=compare&v={vendor}&v={other_vendor}"),
    "vendors/": ("?modality=MAB&q=a", "?q=nothing+is+called+this", "?scorecard={scorecard}&must_haves=unknown"),
    "vendors/<uuid:vendor_id>/evidence/": ("?freshness=stale", "?claim_type=claimed"),
    "vendors/<uuid:vendor_id>/evidence/add/": ("?subject=site:{site}&target=site.lanes", "?subject=vendor:{vendor}&target=SVC3"),
    "vendors/<uuid:vendor_id>/merge/": ("?into={other_vendor}",),
    "vendors/audit-plan/": ("?matter=unknown",),
    "evidence/": ("?state=contradiction", "?freshness=stale&q=a"),
    "search/": ("?q=a", "?q=nothing+is+called+this"),
    "notifications/": ("?show=unread",),
    "programmes/<uuid:program_id>/proposals/new/": ("?candidate={candidate}",),
    "questionnaires/new/": ("?scorecard={scorecard}",),
    "shortlists/new/": ("?scorecard={scorecard}",),
    "exports/new/": ("?kind=ranking&subject={scorecard}",),
}  # fmt: skip
"""Other faces of a page that a person gets to."""


@dataclass(frozen=True)
class PageToOpen:
    """One page: its pattern in the URL configuration, an address on the demo, a role that may open it ("": nobody)."""

    pattern: str
    address: str
    role: str


def patterns() -> dict[str, str]:
    """Pattern of every page that is opened by its address → role ("" for nobody)."""
    found = {"": "manager"} | {pattern: "" for pattern in OPEN if pattern not in PARTS} | SIGN_IN
    for pattern, methods in ROUTES.items():
        if (
            pattern.startswith("api/")
            or "GET" not in methods
            or pattern.endswith(FILES)
            or pattern in FRAGMENTS
        ):
            continue
        allowed = methods["GET"].replace("members", " ".join(ROLES)).split()
        found[pattern] = next(role for role in ROLES if role in allowed)
    return found | {"styleguide/": "viewer"}


def pages() -> Iterator[PageToOpen]:
    """Every page on the demo that this process's database holds; to be called inside the organisation."""
    names = Names()
    for pattern, role in patterns().items():
        address = "/" + names.fill(pattern)
        yield PageToOpen(pattern, address, role)
        for view in VIEWS.get(pattern, ()):
            yield PageToOpen(pattern, address + view.format_map(names), role)


class Names(dict[str, str]):
    """Names of arguments → public ids of rows worth looking at, looked up when they are asked for."""

    def __missing__(self, name: str) -> str:
        found = ROWS[name]()
        if found is None:
            raise LookupError(f"the demo has no row for {name}")
        self[name] = found if isinstance(found, str) else str(found.public_id)
        return self[name]

    def fill(self, pattern: str) -> str:
        """A pattern with its arguments."""
        text = pattern
        for part in pattern.split("<")[1:]:
            converter, _, argument = part.partition(">")[0].rpartition(":")
            text = text.replace(f"<{converter}:{argument}>", self[self.name_of(pattern, argument, converter)])
        return text

    @staticmethod
    def name_of(pattern: str, argument: str, converter: str) -> str:
        """Which row an argument stands for: `row_id` is the thing archived, a draft is what can be edited."""
        special = SPECIAL.get((pattern, argument))
        if special:
            return special
        if argument == "row_id":
            return (
                "vendor"
                if pattern.startswith("vendors/<")
                else pattern.split("/")[1].removesuffix("s").replace("capabilitie", "capability")
            )
        return "imported_kind" if converter == "slug" else argument.removesuffix("_id")


DRAFT = "criteria-sets/<uuid:framework_id>/"
SPECIAL = {
    (f"{DRAFT}criteria/<str:criterion>/", "framework_id"): "draft_framework",
    (f"{DRAFT}groups/<str:group>/", "framework_id"): "draft_framework",
    (f"{DRAFT}name/", "framework_id"): "draft_framework",
    (f"{DRAFT}preview/", "framework_id"): "draft_framework",
    ("questionnaires/<uuid:questionnaire_id>/edit/", "questionnaire_id"): "draft_questionnaire",
    ("shortlists/<uuid:shortlist_id>/decision/sign/<str:meaning>/", "shortlist_id"): "open_shortlist",
    ("ratings/<uuid:invitation_id>/vendors/<uuid:candidate_id>/", "candidate_id"): "invited",
    ("vendors/<uuid:vendor_id>/restore/", "vendor_id"): "archived_vendor",
}  # fmt: skip


def _rows() -> dict[str, Callable[[], Any]]:
    """How each row is found. Imported late: the registry of pages itself needs no Django."""
    from django.db.models import Count

    from cdmo_eval.core.models import Job, LegalHold, Membership, WebhookEndpoint
    from scorecards import models as judged
    from vendors import models as known

    def scorecard() -> Any:
        return judged.Simulation.objects.order_by("id")[0].scorecard

    def ranked(count: int) -> list[Any]:
        rows = judged.Result.objects.filter(scorecard=scorecard(), rank__isnull=False).order_by("rank", "id")
        return [row.candidate for row in rows.select_related("candidate")[:count]]

    def vendor() -> Any:
        return ranked(1)[0].vendor

    def of_vendor(model: Any, **which: Any) -> Any:
        own = model._default_manager.filter(**which).order_by("id")
        return own.filter(vendor=vendor()).first() or own.first()

    def candidate_ids(count: int) -> str:
        return ",".join(str(row.public_id) for row in ranked(count))

    return {
        "scorecard": scorecard, "program": lambda: scorecard().program, "framework": lambda: scorecard().framework,
        "draft_framework": lambda: judged.Framework.objects.filter(state="draft").first(),
        "candidate": lambda: ranked(1)[0], "two": lambda: candidate_ids(2), "four": lambda: candidate_ids(4),
        "run": lambda: judged.Run.objects.filter(scorecard=scorecard()).latest("id"),
        "set": lambda: judged.WeightSet.objects.filter(scorecard=scorecard(), in_force=False).first(),
        "snapshot": lambda: judged.Snapshot.objects.filter(scorecard=scorecard()).order_by("id").first(),
        "invitation": lambda: judged.Invitation.objects.filter(evaluator__email__startswith="evaluator", withdrawn_at=None).order_by("submitted_at", "id").last(),
        "invited": lambda: judged.InvitedCandidate.objects.filter(invitation__public_id=Names()["invitation"]).earliest("id").candidate,
        "proposal": lambda: judged.Proposal.objects.annotate(size=Count("lines")).order_by("-size", "-id").first(),
        "questionnaire": lambda: judged.Questionnaire.objects.filter(sent_at__isnull=False).first(),
        "draft_questionnaire": lambda: judged.Questionnaire.objects.filter(sent_at=None).first(),
        "copy": lambda: judged.QuestionnaireCopy.objects.annotate(size=Count("items__answers")).order_by("-size", "id").first(),
        "item": lambda: judged.QuestionnaireItem.objects.filter(copy__public_id=Names()["copy"]).order_by("id").first(),
        "shortlist": lambda: judged.Shortlist.objects.annotate(size=Count("decisions")).order_by("-size", "id").first(),
        "open_shortlist": lambda: judged.Shortlist.objects.filter(frozen_at=None).first(),
        "export": lambda: judged.Export.objects.order_by("id").first(),
        "vendor": vendor, "other_vendor": lambda: known.Vendor.objects.exclude(pk=vendor().pk).filter(archived_at=None).earliest("id"),
        "archived_vendor": lambda: known.Vendor.objects.filter(archived_at__isnull=False).first(),
        "site": lambda: of_vendor(known.Site), "certificate": lambda: of_vendor(known.Certificate),
        "contact": lambda: of_vendor(known.Contact), "note": lambda: of_vendor(known.Note),
        "evidence": lambda: of_vendor(known.Evidence, retracted_on=None), "service": lambda: of_vendor(known.ServiceOffering),
        "screen": lambda: of_vendor(known.ListScreen), "attestation": lambda: of_vendor(known.SectionAttestation, withdrawn_on=None),
        "capability": lambda: known.Capability.objects.filter(site__vendor=vendor()).first() or known.Capability.objects.first(),
        "qualification": lambda: known.Qualification.objects.order_by("id").first(),
        "match": lambda: known.RecordMatch.objects.order_by("id").first(),
        "load": lambda: known.PublicLoad.objects.order_by("id").first(),
        "import": lambda: known.UploadedLoad.objects.order_by("-id").first(),
        "job": lambda: Job.objects.order_by("id").first(), "hold": lambda: LegalHold.objects.filter(lifted_at=None).first(),
        "member": lambda: Membership.objects.filter(role="viewer", organization=scorecard().organization).first(),
        "webhook": WebhookEndpoint.objects.first,
        "criterion": lambda: "MOD1", "group": lambda: "MOD", "leaf": lambda: "SVC3", "meaning": lambda: "authored",
        "imported_kind": lambda: "sites",
    }  # fmt: skip


class _Rows(dict[str, Callable[[], Any]]):
    def __missing__(self, name: str) -> Callable[[], Any]:
        self.update(_rows())
        return self.get(name, _none)


def _none() -> None:
    return None


ROWS = _Rows()


def prepare(organization: Any) -> None:
    """What the demo lacks for some pages: a draft criteria set, an archived vendor, a legal hold, somebody of the operator's staff."""
    from cdmo_eval.core.models import LegalHold, Membership, User
    from cdmo_eval.core.policies import Actor
    from cdmo_eval.core.retention import place_hold
    from cdmo_eval.core.roles import Role
    from scorecards.models import Framework
    from scorecards.services.framework_drafts import copy_framework
    from vendors.models import Vendor
    from vendors.services import archive_vendor, create_vendor

    now, member = datetime.now(UTC), Membership.objects.get(organization=organization, role="manager")
    by = Actor(organization=organization, role=Role.MANAGER, name=member.user.name, user=member.user)
    User.objects.filter(memberships__organization=organization, memberships__role="viewer").update(
        is_staff=True
    )
    if not Framework.objects.filter(state="draft").exists():
        copy_framework(framework=Framework.objects.earliest("id"), by=by, now=now)
    if not LegalHold.objects.filter(lifted_at=None).exists():
        admin = Membership.objects.get(organization=organization, role="admin").user
        holder = Actor(organization=organization, role=Role.ADMIN, name=admin.name, user=admin)
        place_hold(organization=organization, matter="A dispute", reason="Counsel asks", by=holder, now=now)
    if not Vendor.objects.filter(archived_at__isnull=False).exists():
        gone = create_vendor(organization=organization, by=by, now=now, name="Gone (Fictional demo vendor)")
        archive_vendor(vendor=gone, expected_version=None, by=by, now=now)


def prepare_public_data() -> None:
    """A public file, as the operator loads it; the app role may not. To be called outside the organisation."""
    from cdmo_eval.core.db.base import owner_connection
    from vendors.models import PublicLoad

    with owner_connection():
        if not PublicLoad.objects.exists():
            now = datetime.now(UTC)
            PublicLoad.objects.create(kind="fda_inspections", read_on=now.date(), loaded_at=now)


def main() -> None:
    """Prints the pages as JSON; for a process that works on the demo's database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    import django

    django.setup()
    from cdmo_eval.core.models import Organization
    from cdmo_eval.core.tenancy import organization_scope

    prepare_public_data()
    organization = Organization.objects.get(slug="demo")
    with organization_scope(organization.pk, "pages"):
        prepare(organization)
        json.dump([asdict(page) for page in pages()], sys.stdout)


if __name__ == "__main__":
    main()
