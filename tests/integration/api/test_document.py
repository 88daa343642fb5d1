"""The OpenAPI document and its page."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from drf_spectacular.views import SpectacularAPIView
from rest_framework.test import APIRequestFactory

from cdmo_eval.http.schema import KeptDocument
from tests.support.repository import ROOT

pytestmark = pytest.mark.django_db


def test_document_in_the_repository_is_the_one_served(client: Client) -> None:
    served = client.get("/api/schema/").content.decode()

    assert served == (ROOT / "docs" / "openapi.yaml").read_text(), "write it anew: see docs/api.md"


def test_several_callers_at_a_time_get_the_same_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeptDocument, "_kept", None)
    view = SpectacularAPIView.as_view(generator_class=KeptDocument)
    together = Barrier(4)

    def asked(_: int) -> bytes:
        together.wait()
        answer = view(APIRequestFactory().get("/api/schema/"))
        return bytes(answer.render().content)

    with ThreadPoolExecutor(4) as pool:
        documents = set(pool.map(asked, range(4)))

    assert len(documents) == 1


def test_every_call_names_its_errors_and_every_list_its_pages(client: Client) -> None:
    document = yaml.safe_load(client.get("/api/schema/").content)

    assert document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            named = {code for code in call["responses"] if code.startswith(("4", "5"))}
            assert named >= {"400", "401", "403", "404", "406", "429", "503"}, (path, method)
            assert (method == "get") or named >= {"409", "413", "415", "422"}, (path, method)
            conditional = any(one["name"] == "If-Match" for one in call.get("parameters", ()))
            assert ("412" in named) == conditional, (path, method)
    problems = [one for one in document["components"]["responses"].values() if "content" in one]
    assert {kind for one in problems for kind in one["content"]} == {"application/problem+json"}


@pytest.mark.parametrize(
    ("method", "path", "codes"),
    [
        ("get", "exports/{id}/file/", {"200", "304", "409", "410"}),
        ("post", "shortlists/{shortlist_id}/supersede/", {"200"}),
        ("get", "shortlists/{shortlist_id}/decision/", {"200", "304", "409"}),
        ("delete", "scorecards/{scorecard_id}/robustness/", {"200"}),
        ("post", "imports/{id}/undo/", {"200", "202"}),
    ],
)
def test_call_names_the_answers_that_it_gives(
    client: Client, method: str, path: str, codes: set[str]
) -> None:
    call = yaml.safe_load(client.get("/api/schema/").content)["paths"][f"/api/v1/{path}"][method]

    common = {"400", "401", "403", "404", "406", "412", "413", "415", "422", "429", "503"}
    assert set(call["responses"]) - common - ({"409"} if method != "get" else set()) == codes


def test_conditional_and_repeatable_calls_name_their_headers(client: Client) -> None:
    document = yaml.safe_load(client.get("/api/schema/").content)

    def headers(path: str, method: str) -> set[str]:
        call = document["paths"][f"/api/v1/{path}"][method]
        return {p["name"] for p in call.get("parameters", []) if p["in"] == "header"}

    assert headers("vendors/", "post") == {"Idempotency-Key"}
    assert headers("vendors/{id}/", "patch") == {"If-Match"}
    assert headers("vendors/{id}/", "get") == {"If-None-Match"}
    assert headers("evidence/{id}/retract/", "post") == {"If-Match"}
    assert headers("tokens/", "post") == set()


def test_page_works_under_the_content_security_policy(client: Client) -> None:
    answer = client.get("/api/docs/")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page) == []
    sources = re.findall(r'<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)"', page)
    assert [source for source in sources if not source.startswith("/")] == []
    assert f"{settings.THROTTLE_PER_MINUTE['heavy']} heavy calls" in page
    assert "http://testserver/api/v1" in page
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert '/api/schema/"' in script.content.decode().replace("\\u002D", "-")
    files = [source.removeprefix("/static/") for source in sources if source.startswith("/static/")]
    assert len([file for file in files if "swagger-ui" in file]) == 3
    assert [file for file in files if finders.find(file) is None] == []
