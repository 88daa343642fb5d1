"""Whatever is sent, the answer says what is wrong with it: never a fault of the server."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, by_token, problem
from vendors.facts import FACTS
from vendors.models import Site

pytestmark = pytest.mark.django_db

NASTY: list[Any] = [
    "", "\x00", "\ud800", "x" * 30_000, "1e999", "9" * 400, "0001-01-01", "9999-12-31",
    "01890000-0000-7000-8000-000000000000", None, True, -1, 10**30, 1e308, [[]], [None], {}, {"a": {"b": [1, None]}},
]  # fmt: skip
BODIES = [
    b"", b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe", b"\x00", b"NaN", b'{"name": NaN}', b'{"name": Infinity}',
    b'{"name": 1e999}', b'{"name": "\\u0000"}', b'{"name": "\\ud800"}', b'{"employees": ' + b"9" * 5000 + b"}",
    b"[" * 100_000, b'{"a":' * 50_000, b'{"\\u0000": 1}',
]  # fmt: skip
ADDRESSES = {
    "vendors/": ["name", "employees", "website", "founded_year", "ecovadis_score", "sbti_on", "niche_modalities",
                 "ownership_complete", "external_ids", "languages", "owner_country"],
    "sites/": ["vendor", "name", "fei", "lat", "other_ids", "lanes", "authorities_inspected", "single_use_pct",
               "controlled_schedules", "status", "country", "dpmm_level", "languages"],
    "capabilities/": ["site", "modality", "phases", "scale_max", "programs_by_phase", "serotypes", "trains",
                      "capacity_open_from", "lead_time_weeks"],
    "services/": ["vendor", "code", "delivery", "partner_vendor", "markets"],
    "certificates/": ["kind", "number", "issued_on", "obtained_on", "grade", "file"],
    "evidence/": ["subject", "target", "value", "scope", "source_url", "valid_until", "refused", "supersedes"],
    "contacts/": ["name", "email", "primary"],
    "notes/": ["on", "people", "text", "candidate"],
    "cdas/": ["status", "signed_on"],
    "attestations/": ["section", "attested_on"],
    "partnerships/": ["partner_vendor", "operations", "bound"],
    "list-screens/": ["list_name", "screened_on", "matched_party"],
}  # fmt: skip

OF_A_KIND = sorted(
    {
        fact.schema.kind: fact.code for fact in FACTS.values() if {"vendor", "site"} & set(fact.subjects)
    }.values()
)


@pytest.fixture
def site(scope: Actor) -> Site:
    """Something that exists."""
    return make.make_site(make.make_vendor(scope.organization))


def sound(site: Site, place: str) -> dict[str, Any]:
    """A body that is accepted."""
    vendor, own = str(site.vendor.public_id), str(site.public_id)
    return {
        "vendors/": {"name": "Sound"},
        "sites/": {"vendor": vendor, "name": "Sound"},
        "capabilities/": {"site": own, "modality": "MAB", "operation": "UPSTREAM", "batch_unit": "L", "rate_unit": ""},
        "services/": {"vendor": vendor, "code": "FORM_DEV"},
        "certificates/": {"vendor": vendor, "kind": "GMP"},
        "evidence/": {
            "subject": {"type": "vendor", "id": vendor}, "target": "vendor.focus", "value": {"choice": "FULL"},
        },
        "contacts/": {"vendor": vendor, "name": "Sound"},
        "notes/": {"vendor": vendor, "on": "2026-01-01", "text": "Sound"},
        "cdas/": {"vendor": vendor, "status": "none"},
        "attestations/": {"vendor": vendor, "section": "sites", "attested_on": "2026-01-01"},
        "partnerships/": {"vendor": vendor, "partner_vendor": vendor},
        "list-screens/": {"vendor": vendor, "list_name": "OFAC", "result": "pass", "screened_on": "2026-01-01"},
    }[place]  # fmt: skip


def fine(status: int) -> bool:
    return status < 500 and status != 429


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bad_bodies_are_refused(api: Api, body: bytes) -> None:
    answer = api.call("POST", "vendors/", body)

    assert problem(answer)[0] == 400


def test_a_body_that_is_too_large_is_413(api: Api) -> None:
    assert api.call("POST", "vendors/", b'{"name": "' + b"x" * 6_000_000 + b'"}').status_code == 413


@pytest.mark.parametrize("place", list(ADDRESSES))
def test_no_value_of_a_field_is_a_fault(api: Api, site: Site, place: str, settings: Any) -> None:
    settings.THROTTLE_PER_MINUTE = {"read": 10**6, "write": 10**6, "heavy": 10**6}
    faults = []
    for name in ADDRESSES[place]:
        for value in NASTY:
            answer = api.call("POST", place, json.dumps(sound(site, place) | {name: value}).encode())
            if not fine(answer.status_code):
                faults.append((name, str(value)[:40], answer.status_code))

    assert faults == []


@pytest.mark.parametrize("target", OF_A_KIND)
def test_no_value_of_a_fact_is_a_fault(api: Api, site: Site, target: str, settings: Any) -> None:
    settings.THROTTLE_PER_MINUTE = {"read": 10**6, "write": 10**6, "heavy": 10**6}
    schema = FACTS[target].schema
    keys = {
        "level", "number", "unit", "yes", "choice", "choices", "text", "date", "counts", "flags", "successes",
        "attempts", "amount", "currency", *(part.name for part in getattr(schema, "parts", ())),
        getattr(schema, "name", "rows"),
    }  # fmt: skip
    option = next(iter(getattr(schema, "options", ())), "x")
    values = [
        None,
        "x",
        "9999-12-31",
        -1,
        10**30,
        1e308,
        [],
        [{"a": 1}],
        [option, option],
        [[option]],
        {option: []},
        {option: "1"},
    ]
    kind = "vendor" if "vendor" in FACTS[target].subjects else "site"
    row = site.vendor if kind == "vendor" else site
    faults = []
    for key in sorted(keys):
        for value in values:
            body = {
                "subject": {"type": kind, "id": str(row.public_id)}, "target": target, "value": {key: value},
            }  # fmt: skip
            answer = api.call("POST", "evidence/", json.dumps(body).encode())
            if not fine(answer.status_code):
                faults.append((key, str(value)[:40], answer.status_code))

    assert faults == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(body=JSON, place=st.sampled_from([*ADDRESSES, "qualifications/"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_gets_an_answer(team: Team, body: Any, place: str) -> None:
    api = by_token(team)  # a token of its own, so that nothing is throttled

    assert fine(api.call("POST", place, json.dumps(body).encode()).status_code)


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "q=%ff%fe", "q=" + "x%20" * 40, "vendor=%00", "vendor=1", "page=0", "page=%D9%A3", "page=" + "9" * 5000,
        "page_size=%D9%A3", "format=xml", "format=", "include=%00", "%00=1", "cursor=x", "q=%25_%5C", "vendor=",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "place", ["vendors/", "sites/", "evidence/", "regulatory-records/", "jobs/", "files/", "capabilities/"]
)
def test_no_query_is_a_fault(api: Api, place: str, query: str) -> None:
    answer = api.get(f"{place}?{query}")

    assert answer.status_code in {200, 400, 404}


@pytest.mark.parametrize(
    "place", ["by-external-id/a%00b/c/", "by-external-id/a/%ff/", "by-external-id/a/%00/", "x/"]
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_no_address_is_a_fault(api: Api, method: str, place: str) -> None:
    answer = api.call(method, f"vendors/{place}", {"name": "N"})

    assert answer.status_code in {200, 201, 400, 404, 405}


@pytest.mark.parametrize(
    "header", ['"', '""', "*", 'W/"1"', '"1", "2"', "x" * 5000, '"999999999999999999999"', "1"]
)
def test_no_if_match_is_a_fault(api: Api, site: Site, header: str) -> None:
    place = f"sites/{site.public_id}/"

    assert api.patch(place, {"city": "X"}, if_match=header).status_code in {200, 412}
    assert api.get(place, if_none_match=header).status_code in {200, 304}


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_405(team: Team, method: str) -> None:
    for caller in (by_token(team), by_session(team, Role.ADMIN)):
        assert caller.call(method, "facts/", {}).status_code in {403, 405}


def test_an_unknown_address_is_a_problem_document(api: Api) -> None:
    assert problem(api.get("no-such-thing/")) == (404, [])
