"""Processes that the supervisor starts and ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cdmo_eval import children
from cdmo_eval.children import Child, Program, command_of, record, stop_all, stop_leftovers

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
SLEEP = "import time; print('up', flush=True); time.sleep(60)"


def start(folder: Path, code: str, name: str = "thing") -> tuple[Child, list[str]]:
    shown: list[str] = []
    child = Child(Program(name, [sys.executable, "-c", code]), logs=folder, folder=folder, show=shown.append)
    deadline = time.monotonic() + 10
    while not shown and child.ended is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return child, shown


def never() -> bool:
    return False


def at_once() -> bool:
    return True


def test_lines_go_to_the_log_whole_and_to_the_terminal_shortened(tmp_path: Path) -> None:
    child, shown = start(tmp_path, "print('x' * 500)", "web")
    child.process.wait()
    child.last_lines()

    assert shown == ["web       | " + "x" * 159 + "…"]
    assert (tmp_path / "web.log").read_text() == "x" * 500 + "\n"


def test_last_lines_are_those_of_this_run(tmp_path: Path) -> None:
    (tmp_path / "thing.log").write_text("earlier\n")
    child, _ = start(tmp_path, "print('a'); print('b'); print('c')")
    child.process.wait()

    assert child.last_lines(2) == "b\nc"


def test_large_log_is_set_aside_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LARGEST_LOG", 3)
    (tmp_path / "thing.log").write_text("long")
    child, _ = start(tmp_path, "print('new')")
    child.process.wait()
    child.last_lines()

    assert ((tmp_path / "thing.log.1").read_text(), (tmp_path / "thing.log").read_text()) == ("long", "new\n")


def test_child_that_obeys_ends_politely(tmp_path: Path) -> None:
    child, _ = start(tmp_path, SLEEP)

    assert stop_all([child], hurry=never) == []
    assert child.ended == -signal.SIGTERM


def test_child_that_does_not_obey_is_ended_by_force_when_in_a_hurry(tmp_path: Path) -> None:
    child, _ = start(tmp_path, STUBBORN)

    assert stop_all([child], hurry=at_once) == ["thing"]
    assert child.ended == -signal.SIGKILL


def test_what_a_dead_child_started_ends_too(tmp_path: Path) -> None:
    code = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); print(p.pid, flush=True)"
    child, shown = start(tmp_path, code)
    child.process.wait()
    grandchild = int(shown[0].split("| ")[1])

    stop_all([child], hurry=never)

    deadline = time.monotonic() + 5
    while command_of(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert command_of(grandchild) == []


def test_leftovers_of_a_killed_supervisor_are_ended(tmp_path: Path) -> None:
    child, _ = start(tmp_path, SLEEP)
    record([child], tmp_path / "children.json")

    found = stop_leftovers(tmp_path / "children.json")

    assert found == [child.process.pid]
    assert child.process.wait(timeout=5) == -signal.SIGTERM
    assert not (tmp_path / "children.json").exists()


def test_a_process_id_given_to_another_program_is_left_alone(tmp_path: Path) -> None:
    ours, _ = start(tmp_path, SLEEP)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        record([ours], tmp_path / "children.json")
        text = (tmp_path / "children.json").read_text()
        (tmp_path / "children.json").write_text(text.replace(str(ours.process.pid), str(other.pid)))

        assert stop_leftovers(tmp_path / "children.json") == []
        assert (other.poll(), ours.ended) == (None, None)
    finally:
        other.kill()
        other.wait()
        stop_all([ours], hurry=at_once)


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"pid": "x", "command": []}]'])
def test_unreadable_record_means_no_leftovers(tmp_path: Path, text: str) -> None:
    (tmp_path / "children.json").write_text(text)

    assert stop_leftovers(tmp_path / "children.json") == []


def test_command_of_ourselves() -> None:
    assert command_of(os.getpid()) != []
