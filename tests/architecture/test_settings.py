"""Settings refuse nonsense, and production refuses anything that is not safe."""

import logging.config
import runpy
from pathlib import Path
from typing import Any

import pytest
import structlog

from cdmo_eval import env
from cdmo_eval.env import SettingError
from tests.support.production import manage, production_environment
from tests.support.repository import ROOT


@pytest.mark.parametrize(
    ("text", "value"), [("", True), ("1", True), ("Yes", True), ("off", False), (" 0 ", False)]
)
def test_flag_reads_yes_and_no(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("X", text)
    assert env.flag("X", default=True) is value


def test_flag_refuses_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "maybe")
    with pytest.raises(SettingError, match=r"^X: 'maybe' is neither yes nor no: use 1 or 0$"):
        env.flag("X")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("six", "X: 'six' is not a whole number"),
        ("1.5", "X: '1.5' is not a whole number"),
        ("0", "X: 0 is outside 1 to 9"),
        ("10", "X: 10 is outside 1 to 9"),
    ],
)
def test_integer_refuses(monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.setenv("X", text)
    with pytest.raises(SettingError, match=f"^{message}$"):
        env.integer("X", 5, low=1, high=9)


@pytest.mark.parametrize(("text", "value"), [("", 5), ("1", 1), ("9", 9)])
def test_integer_reads_its_whole_range(monkeypatch: pytest.MonkeyPatch, text: str, value: int) -> None:
    monkeypatch.setenv("X", text)
    assert env.integer("X", 5, low=1, high=9) == value


def test_choice_refuses_an_unknown_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "staging")
    with pytest.raises(SettingError, match=r"^X: 'staging' is not one of development, production$"):
        env.choice("X", "development", ("development", "production"))


def test_words_ignores_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", " a, ,b,")
    assert env.words("X") == ["a", "b"]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://u@h/d", "CDMO Eval runs on PostgreSQL only"),
        ("postgresql://u@h/d?colour=red", "cannot be read as a PostgreSQL address"),
        ("postgresql://u@h", "names no database"),
        ("host=h user=u", "names no database"),
    ],
)
def test_database_refuses(monkeypatch: pytest.MonkeyPatch, url: str, problem: str) -> None:
    monkeypatch.setenv("X", url)
    with pytest.raises(SettingError, match=f"^X: {problem}"):
        env.database("X", "")


def test_database_reads_address_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "postgresql://u:p%40ss@h:5433/d?sslmode=verify-full")

    assert env.database("X", "") == {
        "NAME": "d", "USER": "u", "PASSWORD": "p@ss", "HOST": "h", "PORT": "5433", "OPTIONS": {"sslmode": "verify-full"},
    }  # fmt: skip


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a production installation; logging stays as the tests have it."""
    monkeypatch.setattr("os.environ", production_environment())
    monkeypatch.setattr(structlog, "configure", lambda **_: None)
    monkeypatch.setattr(logging.config, "dictConfig", lambda _: None)
    return monkeypatch


def settings() -> dict[str, Any]:
    """Settings read anew, beside those the tests run with."""
    return runpy.run_path(str(Path(ROOT) / "cdmo_eval" / "settings.py"))


def test_production_settings_are_safe(fresh: pytest.MonkeyPatch) -> None:
    found = settings()

    assert found["DEBUG"] is False
    assert found["SECURE_SSL_REDIRECT"] is True
    assert (found["SESSION_COOKIE_NAME"], found["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"]) == (True, True)
    assert found["ALLOWED_HOSTS"] == ["cdmo.example"]


@pytest.mark.parametrize(
    "name", ["CDMO_SECRET_KEY", "CDMO_TOKEN_PEPPER", "DATABASE_URL", "REDIS_URL", "CDMO_HOSTS"]
)
def test_production_refuses_to_start_without(fresh: pytest.MonkeyPatch, name: str) -> None:
    fresh.delenv(name)
    with pytest.raises(RuntimeError, match=f"^{name}: "):
        settings()


@pytest.mark.parametrize("name", ["CDMO_SECRET_KEY", "CDMO_TOKEN_PEPPER"])
@pytest.mark.parametrize("value", ["default", "too-short"])
def test_production_refuses_a_key_that_is_not_its_own(
    fresh: pytest.MonkeyPatch, name: str, value: str
) -> None:
    if value == "default":
        fresh.setenv("CDMO_ENV", "development")
        value = settings()["DEVELOPMENT_KEY"]
        fresh.setenv("CDMO_ENV", "production")
    fresh.setenv(name, value)
    with pytest.raises(RuntimeError, match=f"^{name}: needs a secret of at least 40 characters"):
        settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDMO_ENV", "prod"),
        ("CDMO_PROCESS", "cron"),
        ("CDMO_LOG_LEVEL", "LOUD"),
        ("CDMO_PROXIES", "-1"),
        ("CDMO_RECONCILE_AFTER", "0"),
        ("CDMO_EMAIL_URL", "http://mail.example"),
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
    ],
)
def test_settings_refuse_nonsense_by_name(fresh: pytest.MonkeyPatch, name: str, value: str) -> None:
    fresh.setenv(name, value)
    with pytest.raises(RuntimeError, match=f"^{name}: "):
        settings()


def test_deployment_check_is_clean() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", environment=production_environment())

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), (
        done.stderr
    )


def test_default_key_stops_a_production_process() -> None:
    environment = production_environment() | {"CDMO_SECRET_KEY": "short"}

    done = manage("check", environment=environment)

    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == (
        "cdmo_eval.env.SettingError: CDMO_SECRET_KEY: needs a secret of at least 40 characters of your own"
    )
