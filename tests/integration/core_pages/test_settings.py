"""A person's settings, and the frame that follows them."""

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import signed_in

pytestmark = pytest.mark.django_db


def test_choices_are_kept_in_cookies_and_drawn_by_the_server(client: Client) -> None:
    answer = client.post(reverse("settings"), {"theme": "dark", "density": "compact", "keys": "off"})
    page = client.get(reverse("settings"))

    assert (answer.status_code, answer["Location"]) == (303, reverse("settings"))
    assert {name: client.cookies[name].value for name in ("theme", "density", "keys")} == {
        "theme": "dark",
        "density": "compact",
        "keys": "off",
    }
    assert 'data-theme="dark" data-density="compact"' in page.content.decode()
    assert page.context["form"].initial == {"theme": "dark", "density": "compact", "keys": "off"}


def test_a_choice_that_does_not_exist_is_refused_and_sets_nothing(client: Client) -> None:
    answer = client.post(reverse("settings"), {"theme": "pink", "density": "compact", "keys": "on"})

    assert (answer.status_code, set(answer.context["form"].errors), "density" in answer.cookies) == (
        400,
        {"theme"},
        False,
    )


def test_a_cookie_of_somebody_elses_making_changes_nothing(client: Client) -> None:
    client.cookies["theme"] = '"><script>'

    assert 'data-theme="light"' in client.get(reverse("settings")).content.decode()


def test_auditors_are_not_led_to_tokens(team: Team) -> None:
    assert reverse("tokens") not in signed_in(team, Role.AUDITOR).get(reverse("settings")).content.decode()


def test_refusals_keep_the_frame_of_who_is_signed_in(client: Client) -> None:
    missing, refused = client.get("/nowhere/"), client.get(reverse("members"))
    outside = Client().get("/nowhere/")

    assert [page.status_code for page in (missing, refused, outside)] == [404, 403, 404]
    assert [b'id="navigation"' in page.content for page in (missing, refused, outside)] == [True, True, False]
