"""Rules every template, style sheet and script keeps, so that the content security policy never has to bend."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((REPOSITORY / "templates").rglob("*.html"))
SCRIPTS = sorted((REPOSITORY / "static" / "js").glob("*.js"))
STYLES = sorted((REPOSITORY / "static" / "css").glob("*.css"))
SPRITE = REPOSITORY / "static" / "icons" / "sprite.svg"


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_has_no_inline_style_script_or_handler(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    scripts = re.findall(r"<script\b([^>]*)>", text)
    inline = [each for each in scripts if "src=" not in each and 'type="application/json"' not in each]

    assert inline == []
    assert re.findall(r"\sstyle\s*=|<style\b", text) == []
    assert re.findall(r"<[^>]*\son[a-z]+\s*=", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_loads_nothing_from_another_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"<(?:script|link|img|use|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_svg_has_a_size(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [tag for tag in re.findall(r"<svg\b[^>]*>", text) if " width=" not in tag] == []


@pytest.mark.parametrize("path", sorted((REPOSITORY / "templates" / "components").glob("*.html")), ids=name)
def test_component_begins_with_its_parameters(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("{% comment %}\n")


def test_every_icon_that_is_asked_for_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))
    asked = {
        found
        for path in TEMPLATES
        for found in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8"))
    }

    assert asked - drawn == set()


@pytest.mark.parametrize("path", [SPRITE, REPOSITORY / "static" / "img" / "world.svg"], ids=name)
def test_drawing_is_well_formed(path: Path) -> None:
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  (our own committed file)

    assert root.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_script_imports_are_relative_and_end_in_a_semicolon(path: Path) -> None:
    imports = re.findall(r"^import .*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert [line for line in imports if not re.search(r'["\']\./[\w-]+\.js["\'];$', line)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_script_leaves_storage_html_and_code_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert (
        re.findall(r"localStorage|sessionStorage|innerHTML|outerHTML|\beval\(|setAttribute\(.style", text)
        == []
    )


@pytest.mark.parametrize("path", STYLES, ids=name)
def test_colours_are_named_in_tokens_only(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    allowed = {"tokens.css": None, "components.css": {"#fff"}}.get(path.name, set())

    assert allowed is None or set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) - allowed == set()


@pytest.mark.parametrize("path", STYLES, ids=name)
def test_every_token_that_is_used_is_defined(path: Path) -> None:
    defined = {
        found for each in STYLES for found in re.findall(r"(--[\w-]+)\s*:", each.read_text(encoding="utf-8"))
    }
    used = set(re.findall(r"var\((--[\w-]+)", path.read_text(encoding="utf-8")))

    assert used - defined == set()
