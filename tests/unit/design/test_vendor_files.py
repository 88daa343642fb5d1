"""Third-party files: listed, unchanged, licensed; nothing else slipped in."""

import gzip
import hashlib
import importlib.util
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

STATIC = Path(__file__).resolve().parents[3] / "static"
LISTED: dict[str, Any] = tomllib.loads((STATIC / "vendor.toml").read_text(encoding="utf-8"))
FIRST_VISIT_BUDGET = 200 * 1024


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("entry", LISTED["file"], ids=lambda entry: str(entry["path"]))
def test_committed_file_has_its_listed_digest(entry: dict[str, str]) -> None:
    assert digest(STATIC / entry["path"]) == entry["sha256"]


@pytest.mark.parametrize("entry", LISTED["wheel"], ids=lambda entry: str(entry["path"]))
def test_file_of_an_installed_wheel_has_its_listed_digest(entry: dict[str, str]) -> None:
    found = importlib.util.find_spec(entry["package"].replace("-", "_"))
    assert found is not None
    assert found.origin is not None
    installed = Path(found.origin).parents[1] / entry["source"]

    assert version(entry["package"]) == entry["version"]
    assert digest(installed) == entry["sha256"]


@pytest.mark.parametrize("entry", LISTED["file"] + LISTED["wheel"], ids=lambda entry: str(entry["path"]))
def test_entry_says_where_it_is_from_and_its_licence(entry: dict[str, str]) -> None:
    said = {name for name in ("path", "package", "version", "licence", "source", "sha256") if entry.get(name)}

    assert said == {"path", "package", "version", "licence", "source", "sha256"}


def test_every_font_and_image_is_listed() -> None:
    present = {
        path.relative_to(STATIC).as_posix()
        for folder in ("fonts", "img")
        for path in (STATIC / folder).iterdir()
    }

    assert present == {entry["path"] for entry in LISTED["file"]}


def test_first_visit_stays_within_its_budget() -> None:
    wheel = importlib.util.find_spec("django_htmx")
    assert wheel is not None
    assert wheel.origin is not None
    loaded = [
        *(STATIC / "css").glob("*.css"),
        *(STATIC / "js").glob("*.js"),
        STATIC / "icons" / "sprite.svg",
        STATIC / "img" / "world.svg",
        Path(wheel.origin).parent / "static" / "django_htmx" / "htmx-2.min.js",
    ]
    fonts = [path.stat().st_size for path in (STATIC / "fonts").glob("*-latin-wght-normal.woff2")]

    assert sum(len(gzip.compress(path.read_bytes())) for path in loaded) + sum(fonts) <= FIRST_VISIT_BUDGET
