"""Views of the directory that members of the demo organisation keep: two shared, one private."""

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.dealings import Desk
from vendors.services import save_view

VIEWS = (
    (Role.MANAGER, "Antibodies at Phase 3", "modality=MAB&phase=PH3&ordering=-inspected", True),
    (Role.QUALITY, "Something open with FDA", "regulatory_state=oai&regulatory_state=warning_letter", True),
    (Role.MANAGER, "No inspection found", "regulatory_state=no_record", False),
)


def write_views(desk: Desk) -> None:
    """Keep them, each as its owner."""
    for role, name, query, shared in VIEWS:
        actor = desk.actors[role]
        with organization_scope(desk.organization.pk, actor):
            save_view(organization=desk.organization, name=name, query=query, shared=shared, by=actor)
