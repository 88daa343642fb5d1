"""A client made by a generator from docs/openapi.yaml, used against the running product."""

import importlib
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.product import Product
from tests.support.repository import ROOT

pytestmark = pytest.mark.django_db  # the migrated database that the product's own is copied from

PACKAGE = "cdmo_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The package, importable until the module ends."""
    folder = tmp_path_factory.mktemp("client")
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--path", str(ROOT / "docs" / "openapi.yaml"),
            "--meta", "none", "--output-path", str(folder / PACKAGE),
        ],
        cwd=folder, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def part(name: str) -> ModuleType:
    """A module of the generated package."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def model(module: str, name: str, **fields: Any) -> Any:
    """An object of a generated class."""
    return getattr(part(f"models.{module}"), name).from_dict(fields)


def test_generated_client_reads_writes_and_asks(product: Product, manager: str, generated: None) -> None:
    client = part("client").AuthenticatedClient(
        base_url=product.address, token=manager, raise_on_unexpected_status=True
    )

    with client:
        vendors = part("api.vendors.vendors_list").sync(client=client, page_size=3)
        scorecards = part("api.scorecards.scorecards_list").sync(client=client, q="MT-204 launch shortlist")
        scorecard = scorecards.results[0].id
        ranking = part("api.scorecards.scorecards_results_list").sync_detailed(
            scorecard, client=client, page_size=2
        )
        body = model(
            "evidence_in_request", "EvidenceInRequest", subject={"type": "vendor", "id": str(vendors.results[0].id)},
            target="vendor.integration", value={"choice": "CDMO"}, grade="D", source="A leaflet",
        )  # fmt: skip
        made = part("api.evidence.evidence_create").sync_detailed(
            client=client, body=body, idempotency_key=str(uuid.uuid4())
        )
        change = model(
            "patched_evidence_change_request",
            "PatchedEvidenceChangeRequest",
            source="A letter",
            reason="found it",
        )
        changed = part("api.evidence.evidence_partial_update").sync_detailed(
            made.parsed.id, client=client, body=change, if_match=made.headers["ETag"]
        )
        asked = part("api.scorecards.scorecards_what_if").sync(
            scorecard, client=client, body=model("what_if_in_request", "WhatIfInRequest", weights={"SCL": 50})
        )
        refused = part("api.evidence.evidence_partial_update").sync_detailed(
            made.parsed.id, client=client, body=change, if_match='"1"'
        )

    assert (len(vendors.results), ranking.status_code) == (3, 200)
    assert (made.status_code, made.parsed.version) == (201, 1), made.content
    assert (changed.status_code, changed.parsed.source, changed.parsed.version) == (200, "A letter", 2), (
        changed.content
    )
    assert hasattr(asked, "count"), asked
    assert asked.count > 0
    assert (refused.status_code, refused.parsed.code) == (412, "version_mismatch")
