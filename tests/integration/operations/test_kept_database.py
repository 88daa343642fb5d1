"""The migrated database that the tests keep between runs: never an old one, never half of one; and how it is emptied."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection

from cdmo_eval.embedded import BASE_DIR, Addresses
from tests.factories.core import make_team
from tests.support import emptying, migrated
from tests.support.servers import SUPERUSER


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of everything that the key is made of."""
    for path in migrated.sources(BASE_DIR):
        copy = tmp_path / path.relative_to(BASE_DIR)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return tmp_path


def test_key_stays_where_nothing_that_matters_changes(tree: Path) -> None:
    before = migrated.key(tree)
    (tree / "scorecards" / "views").mkdir()
    (tree / "scorecards" / "views" / "ranking.py").write_text("import scorecards.models\n")

    assert (migrated.key(tree), before) == (before, migrated.key(BASE_DIR))


@pytest.mark.parametrize(
    "name",
    [
        "scorecards/triggers.py", "vendors/triggers.py", "scorecards/migrations/0002_walls.py", "cdmo_eval/core/walls.py",
        "cdmo_eval/core/db/bootstrap.py", "cdmo_eval/settings.py",
    ],
)  # fmt: skip
def test_key_changes_with_what_migrating_follows_from(tree: Path, name: str) -> None:
    before = migrated.key(tree)

    with (tree / name).open("a") as file:
        file.write("# another\n")

    assert migrated.key(tree) != before


def test_key_changes_with_a_new_migration(tree: Path) -> None:
    before = migrated.key(tree)

    (tree / "vendors" / "migrations" / "9999_more.py").write_text("")

    assert migrated.key(tree) != before


def test_one_is_made_once_and_half_of_one_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def make(kept: Path) -> None:
        made.append(kept.name)
        kept.mkdir()

    monkeypatch.setattr(migrated, "_make", make)
    (tmp_path / "one.half-made").mkdir()

    found = [migrated._kept(tmp_path, "one") for _ in range(2)]

    assert (found, made) == ([tmp_path / "one"] * 2, ["one"])


def test_one_that_cannot_be_made_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops_on_the_way(source: Path, target: Path) -> None:
        target.mkdir()
        raise OSError("the disk is full")

    def start(self: migrated.EmbeddedServers) -> Addresses:
        return Addresses("", "", "", "", 0, 0)

    monkeypatch.setattr(migrated.EmbeddedServers, "start", start)
    monkeypatch.setattr(migrated, "bootstrap", lambda *_, **__: [])
    monkeypatch.setattr(migrated, "subprocess", SimpleNamespace(run=lambda *_, **__: None))
    monkeypatch.setattr(migrated, "_copy", stops_on_the_way)

    with pytest.raises(OSError, match="full"):
        migrated._kept(tmp_path, "one")

    assert (tmp_path / "one.half-made").exists()
    assert not (tmp_path / "one").exists()


def test_only_the_last_used_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrated, "_make", Path.mkdir)
    for age, name in enumerate(["newest", "second", "third", "oldest"]):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (10_000 - age, 10_000 - age))

    migrated._kept(tmp_path, "now")

    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["newest", "now", "second"]


@pytest.mark.skipif(
    SUPERUSER not in os.environ, reason="on a PostgreSQL of somebody's own it is Django's flush"
)
@pytest.mark.django_db(transaction=True)
def test_emptying_leaves_nothing_but_what_migrating_wrote() -> None:
    name = connection.settings_dict["NAME"]
    make_team("alpha")
    with psycopg.connect(os.environ[SUPERUSER], dbname=name, autocommit=True) as link:
        held = [row[0] for row in link.execute(emptying._held())]
        emptying.empty()
        left = link.execute(emptying._held()).fetchall()
        types = link.execute("SELECT count(*) > 0 FROM django_content_type").fetchall()

    assert ("core_organization" in held, left, types) == (True, [], [(True,)])
