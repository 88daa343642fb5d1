"""The embedded servers beyond starting and stopping, which every test run does anyway."""

import json
import os
from pathlib import Path

import pytest

from cdmo_eval import embedded
from cdmo_eval.embedded import EmbeddedServers
from cdmo_eval.processes import alive, tail, terminate


def home(root: Path, monkeypatch: pytest.MonkeyPatch, *, reachable: bool) -> Path:
    """What is decided as root while the other user can, or cannot, enter the folder."""
    monkeypatch.setattr(embedded, "_reachable", lambda *_: reachable)
    return embedded._reachable_home(root)


def test_place_of_the_data_does_not_move_when_permissions_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = home(tmp_path / "local", monkeypatch, reachable=True)
    later = home(tmp_path / "local", monkeypatch, reachable=False)

    assert (first, later) == (tmp_path / "local", tmp_path / "local")


def test_place_of_the_data_follows_a_folder_that_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(tmp_path / "local", monkeypatch, reachable=True)
    (tmp_path / "local").rename(tmp_path / "moved")

    assert home(tmp_path / "moved", monkeypatch, reachable=True) == tmp_path / "moved"


def test_place_outside_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "postgres-home").write_text(str(tmp_path / "elsewhere"))

    assert home(tmp_path / "local", monkeypatch, reachable=True) == tmp_path / "elsewhere"


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"database_url": "x"})])
def test_unreadable_state_means_not_running(open_folder: Path, text: str) -> None:
    servers = EmbeddedServers(open_folder)
    servers.state_file.write_text(text)

    assert servers.running() is None


def test_stop_where_nothing_runs_does_nothing(open_folder: Path) -> None:
    EmbeddedServers(open_folder).stop()


def test_process_with_another_command_line_is_not_the_one_meant() -> None:
    assert alive(os.getpid(), "no such words") is False
    terminate(os.getpid(), "no such words", 9)


def test_tail_of_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log") == ""
