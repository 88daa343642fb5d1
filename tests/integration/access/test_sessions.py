"""How long a session lasts, how guessing ends, and what every answer says to browsers."""

import logging.config
import runpy
import time
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings as django_settings
from django.test import Client
from redis.connection import AbstractConnection

from cdmo_eval.core.roles import Role
from tests.factories.core import PASSWORD, Team
from tests.support.matrix import BACKEND
from tests.support.production import production_environment
from tests.support.repository import ROOT

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


@pytest.fixture
def browser(team: Team) -> Client:
    """A signed-in manager."""
    client = Client()
    client.force_login(team.members[Role.MANAGER], backend=BACKEND)
    return client


def remember(client: Client, **values: int) -> None:
    """Put times into the session."""
    session = client.session
    session.update(values)
    session.save()


def sign_in(client: Client, team: Team, password: str = PASSWORD, **headers: str) -> int:
    """The status of an attempt; 302 when it succeeds."""
    email = team.members[Role.MANAGER].email
    return client.post(LOGIN, {"login": email, "password": password}, **headers).status_code


@pytest.mark.parametrize(("idle", "status"), [(29 * 60, 200), (31 * 60, 302)])
def test_a_session_ends_after_half_an_hour_of_idleness(browser: Client, idle: int, status: int) -> None:
    now = int(time.time())
    remember(browser, signed_in_at=now - idle, seen_at=now - idle)

    assert browser.get("/").status_code == status


@pytest.mark.parametrize(("age", "status"), [(12 * 3600 - 60, 200), (12 * 3600 + 60, 302)])
def test_a_session_ends_after_twelve_hours_of_work(browser: Client, age: int, status: int) -> None:
    now = int(time.time())
    remember(browser, signed_in_at=now - age, seen_at=now - 5)

    assert browser.get("/").status_code == status


def test_work_keeps_a_session_from_being_idle(browser: Client) -> None:
    now = int(time.time())
    remember(browser, signed_in_at=now - 3600, seen_at=now - 29 * 60)

    browser.get("/")

    session = browser.session
    assert (session["signed_in_at"], now - session["seen_at"] <= 0) == (now - 3600, True)


BACKGROUND = {"HX-Request": "true", "X-Background": "true"}


def test_a_page_that_looks_by_itself_does_not_keep_a_session(browser: Client) -> None:
    now = int(time.time())
    remember(browser, signed_in_at=now - 3600, seen_at=now - 29 * 60)

    browser.get("/", headers=BACKGROUND)

    assert browser.session["seen_at"] == now - 29 * 60


def test_a_page_that_looks_by_itself_loads_anew_once_signed_out(browser: Client) -> None:
    now = int(time.time())
    remember(browser, signed_in_at=now - 3600, seen_at=now - 31 * 60)

    answer = browser.get("/", headers=BACKGROUND)

    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")


def test_an_ended_session_is_ended_for_programs_too(browser: Client) -> None:
    now = int(time.time())
    remember(browser, signed_in_at=now - 60, seen_at=now - 31 * 60)

    assert browser.get("/api/v1/me/").status_code == 401


def test_a_membership_that_ended_ends_access_at_once(browser: Client, team: Team) -> None:
    assert browser.get("/api/v1/me/").status_code == 200

    team.organization.memberships.filter(user=team.members[Role.MANAGER]).update(
        expires_at="2020-01-01T00:00:00Z"
    )

    assert browser.get("/api/v1/me/").status_code == 403
    assert browser.get("/").status_code == 403


def test_ten_wrong_passwords_lock_the_account_out(team: Team) -> None:
    guesses = [sign_in(Client(), team, "wrong") for _ in range(django_settings.AXES_FAILURE_LIMIT)]

    assert guesses[:-1] == [200] * (len(guesses) - 1)
    assert sign_in(Client(), team) in {403, 429}
    assert sign_in(Client(), team, REMOTE_ADDR="192.0.2.7") == 302


def test_nine_wrong_passwords_do_not(team: Team) -> None:
    for _ in range(django_settings.AXES_FAILURE_LIMIT - 1):
        sign_in(Client(), team, "wrong")

    assert sign_in(Client(), team) == 302


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(team: Team) -> None:
    known, unknown = (
        Client().post(LOGIN, {"login": login, "password": "wrong"}).context["form"].errors.as_json()
        for login in (team.members[Role.MANAGER].email, "nobody@nowhere.example")
    )

    assert known == unknown


def test_sign_in_works_without_redis(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: Any, *_: object) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(AbstractConnection, "connect", gone)
    client = Client()

    assert sign_in(client, team) == 302
    assert client.get("/").status_code == 200


def test_nobody_signs_up(team: Team) -> None:
    answer = Client().post("/accounts/signup/", {"email": "new@x.example", "password1": PASSWORD})

    assert answer.status_code in {200, 403, 404}
    assert not type(team.members[Role.MANAGER]).objects.filter(email="new@x.example").exists()


def test_cookies_in_production(team: Team, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr("os.environ", production_environment())
    monkeypatch.setattr(structlog, "configure", lambda **_: None)
    monkeypatch.setattr(logging.config, "dictConfig", lambda _: None)
    stated = runpy.run_path(str(Path(ROOT) / "cdmo_eval" / "settings.py"))
    monkeypatch.undo()
    for name, value in stated.items():
        if name.startswith(("SESSION_", "CSRF_", "SECURE_")):
            setattr(settings, name, value)
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(enforce_csrf_checks=False)

    page = client.get(LOGIN, secure=True)
    sent = client.post(LOGIN, {"login": team.members[Role.MANAGER].email, "password": PASSWORD}, secure=True)
    plain = Client().get(LOGIN)

    session, csrf = sent.cookies["__Host-session"], page.cookies["__Host-csrf"]
    flags = [(c["secure"], c["path"], c["domain"], c["samesite"]) for c in (session, csrf)]
    assert flags == [(True, "/", "", "Lax")] * 2
    assert session["httponly"] is True
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert (plain.status_code, plain["Location"]) == (301, f"https://testserver{LOGIN}")
