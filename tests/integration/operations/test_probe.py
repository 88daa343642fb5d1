"""The health checks of the containers."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cdmo_eval import probe
from cdmo_eval.embedded import free_port
from cdmo_eval.http import health


class Answering(BaseHTTPRequestHandler):
    """Says 200 to the right host, else 400, as Django does."""

    def do_GET(self) -> None:
        right = self.headers["Host"] == "cdmo.example" and self.path == "/health/ready/"
        self.send_response(200 if right else 400)
        self.end_headers()
        self.wfile.write(b"body")

    def log_message(self, *arguments: object) -> None:
        """Silent."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("hosts", ["cdmo.example", " cdmo.example,other.example", ".cdmo.example"])
def test_web_is_asked_by_a_name_it_knows(port: int, monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    monkeypatch.setenv("CDMO_HOSTS", hosts)

    assert probe.main(["web", "--port", str(port)]) == 0


def test_web_that_answers_an_error_is_not_well(
    port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDMO_HOSTS", "stranger.example")

    assert probe.main(["web", "--port", str(port)]) == 1
    assert capsys.readouterr().err == "the web server says 400: body\n"


def test_web_that_does_not_answer_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main(["web", "--port", str(free_port())]) == 1
    assert capsys.readouterr().err.startswith("the web server does not answer (")


def test_beat_is_well_while_its_schedule_is_written(tmp_path: Path) -> None:
    written = tmp_path / "schedule.db"
    written.touch()
    os.utime(written, (1000.0, 1000.0))

    assert probe.beat(tmp_path / "schedule", now=1000.0 + probe.SCHEDULE_SECONDS - 1) == ""
    assert probe.beat(tmp_path / "schedule", now=1000.0 + probe.SCHEDULE_SECONDS) != ""
    assert probe.beat(tmp_path / "other", now=1000.0) != ""


@pytest.mark.django_db
def test_reconcile_fails_with_a_registered_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        health, "checks", {"database": health.database_answers, "dirty": lambda: "oldest change: 90 s"}
    )

    assert probe.main(["reconcile"]) == 1
    assert capsys.readouterr().err == '{"dirty": "oldest change: 90 s"}\n'


@pytest.mark.django_db
def test_reconcile_is_well_when_all_checks_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "checks", {"database": health.database_answers})

    assert probe.main(["reconcile"]) == 0


def test_worker_that_nobody_started_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "nowhere")
    monkeypatch.setattr(probe, "PING_SECONDS", 0.5)

    assert probe.worker() == "celery@nowhere does not answer"
