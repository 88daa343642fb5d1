"""Who may do what: one readable table. docs/roles.md is generated from it."""

from dataclasses import dataclass
from enum import StrEnum

from cdmo_eval.core.errors import PermissionDenied
from cdmo_eval.core.models.organization import Organization
from cdmo_eval.core.models.user import User
from cdmo_eval.core.roles import Role


class Permission(StrEnum):
    """Something a member may be allowed to do; the sentence says it on pages."""

    VIEW = "view"
    VIEW_COMMERCIAL = "view_commercial"
    VIEW_AUDIT = "view_audit"
    RATE = "rate"
    VIEW_RATINGS = "view_ratings"
    INVITE_EVALUATORS = "invite_evaluators"
    EDIT_CANDIDATES = "edit_candidates"
    EDIT_COMMERCIAL = "edit_commercial"
    EDIT_CONTACTS = "edit_contacts"
    EDIT_NOTES = "edit_notes"
    EDIT_CDAS = "edit_cdas"
    EDIT_SHORTLISTS = "edit_shortlists"
    SIGN_DECISIONS = "sign_decisions"
    APPROVE_DECISIONS = "approve_decisions"
    EDIT_QUESTIONNAIRES = "edit_questionnaires"
    EXPORT = "export"
    EDIT_VENDORS = "edit_vendors"
    EDIT_EVIDENCE = "edit_evidence"
    VERIFY_EVIDENCE = "verify_evidence"
    EDIT_PROGRAMS = "edit_programs"
    EDIT_SCORECARDS = "edit_scorecards"
    RECOMPUTE = "recompute"
    IMPORT = "import"
    EDIT_RECORDS = "edit_records"
    EDIT_QUALIFICATION = "edit_qualification"
    APPROVE_WAIVERS = "approve_waivers"
    OWN_TOKENS = "own_tokens"
    OWN_NOTIFICATIONS = "own_notifications"
    OWN_VIEWS = "own_views"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_SETTINGS = "manage_settings"

    @property
    def sentence(self) -> str:
        """The permission in words."""
        return SENTENCES[self]


P = Permission
SENTENCES = {
    P.VIEW: "read vendors, evidence, scorecards and results",
    P.VIEW_COMMERCIAL: "read commercial data",
    P.VIEW_AUDIT: "read the audit trail",
    P.RATE: "enter their own ratings",
    P.VIEW_RATINGS: "read what evaluators submitted",
    P.INVITE_EVALUATORS: "invite evaluators and record what they agreed on",
    P.EDIT_CANDIDATES: "edit candidates and their supply maps",
    P.EDIT_COMMERCIAL: "edit proposals and commercial data",
    P.EDIT_CONTACTS: "edit contacts",
    P.EDIT_NOTES: "write notes",
    P.EDIT_CDAS: "edit confidentiality agreements",
    P.EDIT_SHORTLISTS: "edit shortlists",
    P.SIGN_DECISIONS: "talk about shortlists and sign decisions",
    P.APPROVE_DECISIONS: "sign decisions as quality approved",
    P.EDIT_QUESTIONNAIRES: "send questionnaires and enter vendors' answers",
    P.EXPORT: "export",
    P.EDIT_VENDORS: "edit vendors, sites and capabilities",
    P.EDIT_EVIDENCE: "record, revise and retract evidence",
    P.VERIFY_EVIDENCE: "verify evidence somebody else recorded",
    P.EDIT_PROGRAMS: "edit programmes",
    P.EDIT_SCORECARDS: "edit scorecards, weights and must-haves",
    P.RECOMPUTE: "ask for a recalculation",
    P.IMPORT: "import files",
    P.EDIT_RECORDS: "upload and match regulatory records",
    P.EDIT_QUALIFICATION: "set the qualification status",
    P.APPROVE_WAIVERS: "approve waivers",
    P.OWN_TOKENS: "create access tokens for themselves",
    P.OWN_NOTIFICATIONS: "keep their own notifications and how they are told",
    P.OWN_VIEWS: "keep views of the directory, for themselves or for everybody",
    P.MANAGE_MEMBERS: "manage members",
    P.MANAGE_TOKENS: "manage everybody's access tokens",
    P.MANAGE_WEBHOOKS: "send events to other programs (webhooks)",
    P.MANAGE_SETTINGS: "change the organisation's settings",
}

READER = frozenset({P.VIEW, P.OWN_TOKENS, P.OWN_NOTIFICATIONS, P.OWN_VIEWS})
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: READER,
    Role.EVALUATOR: READER | {P.RATE},
    Role.PROCUREMENT: READER
    | {P.VIEW_COMMERCIAL, P.EDIT_CANDIDATES, P.EDIT_COMMERCIAL, P.EDIT_CONTACTS, P.EDIT_NOTES, P.EDIT_CDAS,
       P.EDIT_SHORTLISTS, P.SIGN_DECISIONS, P.EDIT_QUESTIONNAIRES, P.EXPORT},
    Role.MANAGER: READER
    | {P.VIEW_COMMERCIAL, P.RATE, P.VIEW_RATINGS, P.INVITE_EVALUATORS, P.EDIT_VENDORS, P.EDIT_EVIDENCE, P.VERIFY_EVIDENCE, P.EDIT_PROGRAMS, P.EDIT_CANDIDATES,
       P.EDIT_SCORECARDS, P.RECOMPUTE, P.IMPORT, P.EXPORT, P.EDIT_RECORDS, P.EDIT_CONTACTS, P.EDIT_NOTES, P.EDIT_CDAS,
       P.EDIT_COMMERCIAL, P.EDIT_SHORTLISTS, P.SIGN_DECISIONS, P.EDIT_QUESTIONNAIRES},
    Role.QUALITY: READER
    | {P.VIEW_COMMERCIAL, P.VIEW_AUDIT, P.EDIT_EVIDENCE, P.VERIFY_EVIDENCE, P.EDIT_RECORDS, P.EDIT_QUALIFICATION,
       P.APPROVE_WAIVERS, P.SIGN_DECISIONS, P.APPROVE_DECISIONS, P.EDIT_NOTES, P.RATE, P.VIEW_RATINGS, P.EXPORT, P.RECOMPUTE},
    Role.AUDITOR: frozenset({P.VIEW, P.OWN_NOTIFICATIONS, P.OWN_VIEWS, P.VIEW_COMMERCIAL, P.VIEW_AUDIT, P.VIEW_RATINGS, P.EXPORT}),
    Role.ADMIN: READER | {P.VIEW_AUDIT, P.MANAGE_MEMBERS, P.MANAGE_TOKENS, P.MANAGE_WEBHOOKS, P.MANAGE_SETTINGS},
}  # fmt: skip

# What a token's scope opens; the owner's role must allow it too. None: no token may do it, only a signed-in person.
SCOPES: dict[Permission, str | None] = {
    P.VIEW: None,  # resolved per resource by `scope_for_reading`
    P.VIEW_COMMERCIAL: "commercial:read",
    P.VIEW_AUDIT: "audit:read",
    P.RATE: "scores:write",
    P.VIEW_RATINGS: "scores:read",
    P.INVITE_EVALUATORS: "scores:write",
    P.EDIT_CANDIDATES: "scores:write",
    P.EDIT_COMMERCIAL: "commercial:write",
    P.EDIT_CONTACTS: "vendors:write",
    P.EDIT_NOTES: "vendors:write",
    P.EDIT_CDAS: "vendors:write",
    P.EDIT_SHORTLISTS: "scores:write",
    P.SIGN_DECISIONS: None,
    P.APPROVE_DECISIONS: None,
    P.EDIT_QUESTIONNAIRES: "scores:write",
    P.EXPORT: "scores:read",
    P.EDIT_VENDORS: "vendors:write",
    P.EDIT_EVIDENCE: "evidence:write",
    P.VERIFY_EVIDENCE: "evidence:write",
    P.EDIT_PROGRAMS: "scores:write",
    P.EDIT_SCORECARDS: "scores:write",
    P.RECOMPUTE: "scores:write",
    P.IMPORT: "vendors:write",
    P.EDIT_RECORDS: "evidence:write",
    P.EDIT_QUALIFICATION: "vendors:write",
    P.APPROVE_WAIVERS: None,
    P.OWN_TOKENS: None,
    P.OWN_NOTIFICATIONS: None,
    P.OWN_VIEWS: "vendors:write",
    P.MANAGE_MEMBERS: None,
    P.MANAGE_TOKENS: None,
    P.MANAGE_WEBHOOKS: "scores:write",
    P.MANAGE_SETTINGS: None,
}
ALL_SCOPES = (
    "scores:read", "scores:write", "vendors:read", "vendors:write", "evidence:read", "evidence:write",
    "commercial:read", "commercial:write", "audit:read",
)  # fmt: skip
SHORTHANDS = {
    "read": frozenset(
        s for s in ALL_SCOPES if s.endswith(":read") and not s.startswith(("commercial", "audit"))
    ),
    "write": frozenset(s for s in ALL_SCOPES if s.endswith(":write") and not s.startswith("commercial")),
}


@dataclass(frozen=True)
class Actor:
    """Who does something: a signed-in member, a token on a member's behalf, or the product itself.

    `scopes` is None for a session; for a token the expanded set of its scopes.
    """

    organization: Organization
    role: Role
    name: str
    user: User | None = None
    scopes: frozenset[str] | None = None
    token_id: int | None = None

    @property
    def identity(self) -> str:
        """How the audit trail names the actor: a user's public id, or the system duty."""
        return str(self.user.public_id) if self.user else self.name


def system_actor(organization: Organization, duty: str) -> Actor:
    """The product itself at work in an organisation (an operator's command, the demo, a nightly duty)."""
    return Actor(organization=organization, role=Role.MANAGER, name=duty)


def expand_scopes(scopes: list[str]) -> frozenset[str]:
    """Scopes with the shorthands `read` and `write` written out; writing includes reading the same thing."""
    expanded: set[str] = set()
    for scope in scopes:
        expanded |= SHORTHANDS.get(scope, {scope})
    expanded |= {s.replace(":write", ":read") for s in expanded if s.endswith(":write")}
    return frozenset(expanded)


def allows(actor: Actor, permission: Permission, *, reading: str = "") -> bool:
    """Whether the actor may. `reading` names the read scope of a VIEW ("vendors:read")."""
    if permission not in ROLE_PERMISSIONS[actor.role]:
        return False
    if actor.scopes is None:
        return True
    scope = reading if permission is Permission.VIEW else SCOPES[permission]
    return scope is not None and scope in actor.scopes


def require(actor: Actor, permission: Permission, *, reading: str = "") -> None:
    """Raise PermissionDenied, with a sentence, unless the actor may."""
    if allows(actor, permission, reading=reading):
        return
    if permission not in ROLE_PERMISSIONS[actor.role]:
        raise PermissionDenied(f"The role {actor.role.value} may not {permission.sentence}.")
    scope = reading or SCOPES[permission]
    if scope is None:
        raise PermissionDenied(
            f"A token may not {permission.sentence}: sign in to do that.", code="session_required"
        )
    raise PermissionDenied(f"This token lacks the scope {scope}.", code="scope_missing")
