"""What a state is called and which kind it is: a draft is not an unknown, and a contest, not a vendor, is too close to call."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from cdmo_eval.core.models import WebhookEndpoint
from cdmo_eval.http.pages.webhooks import _state
from scorecards.selectors.decisions import _verdict_words


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("too close to call", "Alder leads, but it is too close to call."),
        ("ahead", "Alder is ahead."),
        ("clear first", "Alder is clear first."),
    ],
)
def test_verdict_is_said_of_the_contest_when_it_is_open(verdict: str, said: str) -> None:
    assert _verdict_words("Alder", verdict) == said


def test_what_was_not_sent_is_not_drawn_as_unknown() -> None:
    drawn = [
        render_to_string("scorecards/questionnaires/round_state.html", {"questionnaire": SimpleNamespace(state="draft"), "open": 0}),
        render_to_string(
            "scorecards/questionnaires/copy_state.html",
            {"copy": SimpleNamespace(state="draft"), "today": date(2026, 11, 23)},
        ),
    ]  # fmt: skip

    assert [("tag plain" in each, "tag unknown" in each) for each in drawn] == [(True, False)] * 2


def test_a_webhook_switched_off_is_not_drawn_as_unknown() -> None:
    assert _state(WebhookEndpoint(enabled=False), None) == ("plain", "off")
