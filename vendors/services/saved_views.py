"""Keep looks at the directory under a name."""

from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid, PermissionDenied
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, allows
from vendors.models import SavedView
from vendors.models.saved_view import MOST_CHARACTERS
from vendors.services.writing import begin, insert

KEPT = frozenset(
    {
        "q", "ordering", "modality", "operation", "phase", "gmp", "batch", "region", "country", "service", "integration",
        "focus", "freshness", "regulatory_state", "qualification", "agreement", "scorecard", "must_haves",
    }
)  # fmt: skip
"""What of the directory's address a view keeps; not the page."""
MOST_VIEWS = 100
MOST_PARAMETERS = 100


@transaction.atomic
def save_view(
    *, organization: Organization, name: str, by: Actor, query: str = "", shared: bool = False
) -> SavedView:
    """Keep filters, words and order of the directory for oneself, or for everybody of the organisation.

    Raises Invalid for parameters that the directory does not have, and for a name that one has used already.
    """
    begin(organization, by, Permission.OWN_VIEWS)
    if by.user is None:
        raise PermissionDenied("Only a member keeps views.")
    kept = kept_query(query)
    if SavedView.objects.for_organization(organization).filter(owner=by.user).count() >= MOST_VIEWS:
        raise Invalid(f"Nobody keeps more than {MOST_VIEWS} views. Remove one first.", code="too_many_views")
    return insert(
        SavedView(
            organization=organization, owner=by.user, owner_name=by.user.name or by.name, name=name.strip(),
            query=kept, shared=shared,
        )
    )  # fmt: skip


@transaction.atomic
def remove_view(*, view: SavedView, by: Actor) -> None:
    """Forget a view. Its owner may; who edits vendors may also remove what another one shares."""
    begin(view.organization, by, Permission.OWN_VIEWS)
    if not may_remove(view, by):
        raise PermissionDenied(f"This view is {view.owner_name}’s.")
    view.delete()


def may_remove(view: SavedView, actor: Actor) -> bool:
    """Whether the member may remove it."""
    if not allows(actor, Permission.OWN_VIEWS):
        return False
    own = actor.user is not None and view.owner_id == actor.user.pk
    return own or (view.shared and allows(actor, Permission.EDIT_VENDORS))


def kept_query(query: str) -> str:
    """The part of an address that a view keeps, always written the same way. Raises Invalid."""
    text = query.strip().removeprefix("?")
    try:
        pairs = parse_qsl(text, max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise _refused("This is not the query of an address.") from error
    unknown = sorted({name for name, _ in pairs} - KEPT - {"page"})
    if unknown:
        raise _refused(f"The directory has no filter called {unknown[0][:40]}.")
    kept = urlencode([(name, value) for name, value in pairs if name != "page" and value])
    if len(kept) > MOST_CHARACTERS:
        raise _refused(f"These filters are longer than {MOST_CHARACTERS:,} characters.")
    return kept


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, code="query", errors=[FieldError("query", "query", sentence)])
