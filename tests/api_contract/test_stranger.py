"""A program by somebody who has read docs/api.md and /api/schema/, and nothing else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from tests.support.product import Product

pytestmark = pytest.mark.django_db  # the migrated database that the product's own is copied from

PATIENCE = 120
JUDGED = "MT-204 launch shortlist"
"""A scorecard that the demo calculates while it is made. Others are added by other tests, and come first by name."""


class Stranger:
    """A session with a token."""

    def __init__(self, product: Product, token: str) -> None:
        self.base, self.session = f"{product.address}/api/v1", requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        """The body of an answer that went well."""
        address = path if path.startswith("http") else f"{self.base}/{path}"
        answer = self.session.request(method, address, timeout=300, **sent)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def get(self, path: str, **parameters: Any) -> Any:
        """GET."""
        return self.ask("GET", path, params=parameters)

    def walk(self, path: str, **parameters: Any) -> Iterator[Any]:
        """Every row of a list."""
        following: str | None = path
        while following:
            page = self.get(following, **parameters)
            yield from page["results"]
            following, parameters = page["next"], {}


@pytest.fixture
def stranger(product: Product, manager: str) -> Stranger:
    """With the manager's token."""
    return Stranger(product, manager)


@pytest.fixture
def receiver() -> Iterator[tuple[str, Queue[tuple[dict[str, str], bytes]]]]:
    """An address on loopback, and what is sent to it."""
    got: Queue[tuple[dict[str, str], bytes]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep it."""
            got.put((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_leaf_adds_up_to_the_ranking(stranger: Stranger) -> None:
    scorecard = stranger.get("scorecards/", q=JUDGED)["results"][0]["id"]

    ranking = list(stranger.walk(f"scorecards/{scorecard}/results/", page_size=10))
    leaves = list(stranger.walk(f"scorecards/{scorecard}/leaves/", page_size=500))

    sums = dict.fromkeys((row["candidate"]["id"] for row in ranking), 0)
    for leaf in leaves:
        sums[leaf["candidate"]["id"]] += int(leaf["contribution_exact"])
    assert len(ranking) > 1
    assert sums == {row["candidate"]["id"]: int(row["score_exact"] or 0) for row in ranking}
    assert {leaf["run_id"] for leaf in leaves} == {row["run_id"] for row in ranking}
    assert len(leaves) == len(ranking) * len(list(stranger.walk("criteria/", page_size=200)))


def test_what_if_stores_nothing(stranger: Stranger) -> None:
    scorecard = stranger.get("scorecards/", q=JUDGED)["results"][0]["id"]
    place = f"scorecards/{scorecard}/results/"
    before = stranger.get(place)

    asked = stranger.ask("POST", f"scorecards/{scorecard}/what-if/", json={"weights": {"SCL": 50}})

    assert asked["count"] == before["count"]
    assert [row["score_exact"] for row in asked["results"]] != [
        row["score_exact"] for row in before["results"]
    ]
    assert stranger.get(place)["results"][0]["run_id"] == before["results"][0]["run_id"]


def test_copy_stays_true_while_others_edit_merge_and_archive(stranger: Stranger) -> None:
    cursor = stranger.get("changes/", after="now")["cursor"]
    copy = {row["id"]: row for row in stranger.walk("vendors/", page_size=200)}
    finished = threading.Event()
    writer = threading.Thread(target=_others, args=(stranger, finished))

    writer.start()
    while True:
        last = finished.is_set()
        cursor, more = _follow(stranger, cursor, copy)
        if last and not more:
            break
    writer.join()

    present = {row["id"]: row for row in stranger.walk("vendors/", page_size=200)}
    assert {pk: row["version"] for pk, row in copy.items()} == {
        pk: row["version"] for pk, row in present.items()
    }
    assert {pk: row["name"] for pk, row in copy.items()} == {pk: row["name"] for pk, row in present.items()}


def _others(stranger: Stranger, finished: threading.Event) -> None:
    """What happens meanwhile."""
    other = Stranger.__new__(Stranger)
    other.base, other.session = stranger.base, requests.Session()
    other.session.headers.update(stranger.session.headers)
    try:
        made = [
            other.ask("POST", "vendors/", json={"name": f"Meanwhile {n} (fictional)"})["id"] for n in range(6)
        ]
        for n, pk in enumerate(made):
            other.ask("PATCH", f"vendors/{pk}/", json={"name": f"Renamed {n} (fictional)"})
        other.ask("POST", f"vendors/{made[0]}/merge/", json={"into": made[1]})
        other.ask("DELETE", f"vendors/{made[2]}/")
        other.ask("DELETE", f"vendors/{made[3]}/")
        other.ask("POST", f"vendors/{made[3]}/restore/")
    finally:
        finished.set()


def _follow(stranger: Stranger, cursor: str, copy: dict[str, Any]) -> tuple[str, bool]:
    """One answer of the feed, applied."""
    page = stranger.get("changes/", after=cursor, types="vendor")
    for change in page["results"]:
        if change["op"] in {"delete", "merge"}:
            copy.pop(change["id"], None)
        else:
            copy[change["id"]] = stranger.get(f"vendors/{change['id']}/")
            if copy[change["id"]]["archived_at"]:
                del copy[change["id"]]
    return page["cursor"], page["more"] or bool(page["results"])


def test_webhook_is_received_and_verified(
    product: Product,
    admin: str,
    stranger: Stranger,
    receiver: tuple[str, Queue[tuple[dict[str, str], bytes]]],
) -> None:
    address, got = receiver
    boss = Stranger(product, admin)
    hook = boss.ask("POST", "webhooks/", json={"name": "copy", "url": address, "types": ["vendor.archived"]})
    vendor = stranger.ask("POST", "vendors/", json={"name": "Told by a webhook (fictional)"})["id"]

    stranger.ask("DELETE", f"vendors/{vendor}/")

    try:
        headers, body = got.get(timeout=PATIENCE)
    except Empty:
        pytest.fail(product.log("worker")[-2000:])
    event = Webhook(hook["secret"]).verify(body, headers)
    assert (event["type"], vendor in body.decode()) == ("vendor.archived", True)
    boss.ask("DELETE", f"webhooks/{hook['id']}/")
