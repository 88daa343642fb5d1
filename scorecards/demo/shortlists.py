"""A signed shortlist with its decision, and an open one (everything in them is invented)."""

from collections.abc import Callable
from datetime import datetime

from cdmo_eval.core.models import Membership, Organization, Signature
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.people import DEMO_USERS
from scorecards.demo.weighing import WEIGHED
from scorecards.models import Candidate, Result, Scorecard, Shortlist
from scorecards.selectors.freshness import scorecard_freshness
from scorecards.selectors.shortlists import current_decision, find_shortlist, item_rows
from scorecards.services.decisions import sign_decision
from scorecards.services.shortlists import (
    change_shortlist,
    create_shortlist,
    decide_item,
    declare_interests,
    remark,
)

SIGNED, OPEN = "MT-204: partner for launch", "MT-204: second source"
LENGTH = 5
REASON = (
    "It leads on technical fit and on its record, and nobody else has shown the scale for launch. The backup has "
    "another owner. (Fictional, for the demo.)"
)
NEXT = "Quality audit in six weeks; ask both for a slot in the second quarter; close the open must-haves before the award."
DISSENT = "The price of the first choice is claimed, not offered. I would hold the decision until the offer is signed."
COMMENTS = (
    (Role.QUALITY, "The last inspection report was read; two observations are closed, one is not."),
    (Role.PROCUREMENT, "They answered the request for information in nine days."),
)


def shortlist_launch(organization: Organization, *, clock: Callable[[], datetime]) -> bool:
    """Make both, once, when the scorecard is calculated; returns whether anything was made."""
    actors = _actors(organization)
    with organization_scope(organization.pk, actors[Role.PROCUREMENT], reason="demo data"):
        if Shortlist.objects.for_organization(organization).filter(name=SIGNED).exists():
            return False
        scorecards = Scorecard.objects.for_organization(organization).select_related(
            "organization", "program", "framework"
        )
        scorecard = scorecards.get(name=WEIGHED)
        if not scorecard_freshness(scorecard, now=clock()).fresh:
            return False
        top = _top(scorecard)
        if len(top) < LENGTH:
            return False
        row = _decided(scorecard, top, actors, clock)
        create_shortlist(
            scorecard=scorecard, name=OPEN, candidates=top[1:4], purpose="Who could stand in within a year. Fictional.",
            by=actors[Role.PROCUREMENT], now=clock(),
        )  # fmt: skip
    _sign(organization, row, actors, clock)
    return True


def _actors(organization: Organization) -> dict[Role, Actor]:
    rows = Membership.objects.filter(organization=organization).select_related("user")
    return {
        Role(row.role): Actor(
            organization=organization, role=Role(row.role), name=row.user.name, user=row.user
        )
        for row in rows
        if row.user.email == DEMO_USERS[Role(row.role)][0]
    }


def _top(scorecard: Scorecard) -> list[Candidate]:
    rows = Result.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, rank__isnull=False
    )
    return [
        row.candidate for row in rows.select_related("candidate__vendor").order_by("position", "id")[:LENGTH]
    ]


def _decided(
    scorecard: Scorecard, top: list[Candidate], actors: dict[Role, Actor], clock: Callable[[], datetime]
) -> Shortlist:
    by = actors[Role.PROCUREMENT]
    row = create_shortlist(
        scorecard=scorecard,
        name=SIGNED,
        candidates=top,
        purpose="Fictional, for the demo.",
        by=by,
        now=clock(),
    )
    fates = ((3, "hold", "Too little is verified to decide on."), (4, "drop", "No slot before the launch."))
    items = list(item_rows(row))
    for place, decision, reason in fates:
        decide_item(
            item=items[place], expected_version=None, decision=decision, reason=reason, by=by, now=clock()
        )
    for role, text in COMMENTS:
        remark(shortlist=row, text=text, candidate=top[0], by=actors[role], now=clock())
    remark(shortlist=row, text=DISSENT, kind="dissent", by=actors[Role.QUALITY], now=clock())
    backup = next((one for one in top[1:3] if one.vendor_id != top[0].vendor_id), top[1])
    change_shortlist(
        shortlist=row, expected_version=None, primary=top[0], backup=backup, reason=REASON, next_steps=NEXT, by=by, now=clock()
    )  # fmt: skip
    for role in (Role.PROCUREMENT, Role.MANAGER, Role.QUALITY):
        stated = role is Role.MANAGER
        text = "A cousin works for one of the vendors that were dropped." if stated else ""
        declare_interests(shortlist=row, conflict=stated, text=text, by=actors[role], now=clock())
    return row


def _sign(
    organization: Organization, row: Shortlist, actors: dict[Role, Actor], clock: Callable[[], datetime]
) -> None:
    """The author and quality; the demo's people share one public password."""
    for role, meaning in (
        (Role.PROCUREMENT, Signature.Meaning.AUTHORED),
        (Role.QUALITY, Signature.Meaning.QUALITY_APPROVED),
    ):
        with organization_scope(organization.pk, actors[role], reason="demo data"):
            signed = current_decision(find_shortlist(organization, row.public_id))
            sign_decision(
                shortlist=row, meaning=meaning.value, digest=signed.snapshot.digest if signed else "",
                proof=Signature.Proof.PASSWORD.value, by=actors[role], now=clock(),
            )  # fmt: skip
