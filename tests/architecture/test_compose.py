"""docker-compose.yml and the Dockerfile against the code they start."""

import importlib.util
import re
import shlex
from typing import Any

import pytest
import yaml
from celery.app.utils import find_app
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command, get_commands
from django.test import override_settings

from cdmo_eval.core import wakeup
from tests.architecture.test_documents import variables_documented, variables_read
from tests.support.repository import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat", "reconcile", "sync")
SECRET = re.compile(r"PASSWORD|SECRET|PEPPER|AUTH|TOKEN")


def commands() -> dict[str, list[str]]:
    """Every line that a service or its health check runs."""
    found: dict[str, list[str]] = {}
    for name in OURS:
        command = SERVICES[name].get("command", [])
        lines = command[2].strip().splitlines() if command[:1] == ["sh"] else [shlex.join(command)]
        test = SERVICES[name]["healthcheck"].get("test", [])
        found[name] = [line for line in [*lines, shlex.join(test[1:])] if line]
    return found


def test_services_are_those_of_the_architecture() -> None:
    assert set(SERVICES) == {"db", "redis", *OURS}


def test_every_lasting_service_has_a_health_check() -> None:
    without = {name for name, service in SERVICES.items() if "test" not in service.get("healthcheck", {})}

    assert without == {"migrate"}


def test_every_command_exists() -> None:
    lines = [line for lines in commands().values() for line in lines]
    management = {word for line in lines for word in re.findall(r"manage\.py (\w+)", line)}
    modules = {word for line in lines for word in re.findall(r"python -m ([\w.]+)", line)}
    applications = {
        word for line in lines for word in re.findall(r"celery --app (\w+) (?:worker|beat)", line)
    }

    assert management - set(get_commands()) == set()
    assert [module for module in modules if importlib.util.find_spec(module) is None] == []
    assert [find_app(name).main for name in applications] == ["cdmo_eval"]
    known = ("python manage.py ", "python -m ", "celery --app ")
    assert [line for line in lines if not line.startswith(known)] == []


def test_every_variable_is_read_by_the_product_or_documented() -> None:
    known = variables_read() | variables_documented()
    set_for_us = {name for service in OURS for name in SERVICES[service]["environment"]}
    asked_for = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT))

    assert (set_for_us - known, asked_for - variables_documented()) == (set(), set())


def test_no_secret_stands_in_the_file() -> None:
    given = [
        (f"{name}.{key}", value)
        for name, service in SERVICES.items()
        for key, value in service.get("environment", {}).items()
        if SECRET.search(key) and not re.fullmatch(r"\$\{[A-Z_]+:(\?.+|-)\}", str(value))
    ]
    in_addresses = re.findall(r"://\w*:(?!\$\{)[^@\s]+@", TEXT)

    assert (given, in_addresses) == ([], [])


def test_only_migrate_and_the_optional_sync_can_sign_in_as_the_owner() -> None:
    able = {name for name in OURS if "CDMO_OWNER_PASSWORD" in str(SERVICES[name]["environment"])}

    assert able == {"migrate", "sync"}
    assert SERVICES["sync"]["profiles"] == ["sync"]


def test_volumes_are_named_and_used() -> None:
    mounted = {text.split(":")[0] for service in SERVICES.values() for text in service.get("volumes", [])}

    assert mounted == set(COMPOSE["volumes"])


def test_image_runs_as_an_ordinary_user_with_production_packages_only() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert re.findall(r"(?m)^USER (\w+)$", dockerfile) == ["cdmo"]
    assert re.findall(r"-r (\S+)", dockerfile) == ["requirements.txt"]


def test_image_receives_every_folder_the_application_needs() -> None:
    dockerfile, ignored = (ROOT / "Dockerfile").read_text(), (ROOT / ".dockerignore").read_text().splitlines()
    copied = set(re.findall(r"(?m)^COPY ([\w.]+) ", dockerfile))

    assert copied == {
        "requirements.txt",
        "manage.py",
        "cdmo_eval",
        "vendors",
        "scorecards",
        "templates",
        "static",
    }
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


def test_tasks_named_in_settings_and_code_exist() -> None:
    app = find_app("cdmo_eval")
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()} | {wakeup.RECOMPUTE_TASK}

    assert named - set(app.tasks) == set()


def test_static_files_can_be_hashed_as_the_image_does(tmp_path_factory: pytest.TempPathFactory) -> None:
    storage = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"), STORAGES={"default": default, "staticfiles": storage}
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        page = staticfiles_storage.url("css/base.css")

    assert re.fullmatch(r"/static/css/base\.[0-9a-f]{12}\.css", page)
