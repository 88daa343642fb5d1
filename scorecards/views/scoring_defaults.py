"""The organisation's decisions about scoring."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cdmo_eval.core.policies import Permission
from cdmo_eval.http.pages.sheet import Sheet, Stored, form_sheet
from scorecards.forms.scoring_defaults import ScoringForm
from scorecards.scoring_defaults import scoring_defaults
from scorecards.services.scoring_defaults import change_scoring_defaults
from scorecards.views.edge import signed_in

LEDE = (
    "How wide an interval weak evidence gets, how much must be known for a rank, and what a new scorecard starts with. "
    "A change recalculates every scorecard; calculations already published stay as they were. Every change is in the audit trail."
)


@require_http_methods(["GET", "HEAD", "POST"])
def defaults(request: HttpRequest) -> HttpResponse:
    """Look at the decisions and change them; for administrators."""
    actor = signed_in(request, Permission.MANAGE_SETTINGS)
    organization = actor.organization
    organization.refresh_from_db(fields=["settings"])
    form = ScoringForm(scoring_defaults(organization.settings), request.POST or None)

    def save() -> str:
        change_scoring_defaults(
            organization=organization,
            given=form.given(),
            expected_version=form.cleaned_data["version"],
            by=actor,
        )
        return reverse("scoring_defaults")

    def stored() -> Stored:
        organization.refresh_from_db(fields=["settings"])
        now = ScoringForm(scoring_defaults(organization.settings))
        return Stored(now.present.version, now.initial)

    sheet = Sheet(
        title="Scoring defaults", act="Save", back=reverse("dashboard"), lede=LEDE, meta=f"Version {form.present.version}",
        done="Saved. Every scorecard is being recalculated.",
    )  # fmt: skip
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=stored)
