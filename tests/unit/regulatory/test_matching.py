"""The rule by which a record is of a site: what is sure, what a person is asked, what is not said at all."""

import pytest

from tests.support.shared_data import shared_data
from vendors.regulatory.matching import Directory, Finding, Known, PlaceNames, Sought, differences

ULM = PlaceNames(
    site_id=1, names=("Aldergate Bio", "Aldergate Biologics GmbH"), city="Ulm", country="DE", fei="3001",
    duns="012345678", ema_org_id="ORG-1", ema_loc_id="LOC-1", mia_number="DE_01",
)  # fmt: skip
JENA = PlaceNames(site_id=2, names=ULM.names, city="Jena", country="DE", fei="3002", mia_number="DE_01")


def find(
    sought: Sought, *places: PlaceNames, known: tuple[Known, ...] = ()
) -> list[tuple[int, str, int, bool]]:
    """The findings as plain values."""
    return [
        (one.site_id, one.method, one.confidence, one.automatic)
        for one in Directory(places or (ULM,), known).find(sought)
    ]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(firm="X", duns="012345678", country="DE"), [(1, "duns", 100, True)]),
        (Sought(firm="X", ema_loc_id="LOC-1", ema_org_id="ORG-1"), [(1, "ema", 100, True)]),
        (Sought(firm="X", ema_loc_id="LOC-1", ema_org_id="ORG-2"), [(1, "ema", 70, False)]),
        (Sought(firm="X", ema_org_id="ORG-1", city="Ulm"), [(1, "ema", 97, True)]),
        (Sought(firm="X", ema_org_id="ORG-1"), [(1, "ema", 80, False)]),
        (Sought(firm="X", duns="012345678", fei="999"), [(1, "duns", 70, False)]),
        (Sought(firm="X", duns="012345678", country="FR"), [(1, "duns", 70, False)]),
        (Sought(firm="Aldergate Biologics", city="Ulm", country="DE"), [(1, "name", 100, True)]),
        (Sought(firm="Aldergate Biologics Ltd", city="Ulm", country="DE"), [(1, "name", 96, True)]),
        (Sought(firm="Aldergate Biologics", city="Jena", country="DE"), [(1, "name", 85, False)]),
        (Sought(firm="Aldergate Biologics", country="FR"), []),
        (Sought(firm="Aldergate Biologics"), [(1, "name", 96, False)]),
        (Sought(firm="Somebody else", country="DE"), []),
        (Sought(firm=""), []),
    ],
)
def test_one_site(sought: Sought, found: list[tuple[int, str, int, bool]]) -> None:
    assert find(sought) == found


def test_an_authorisation_of_two_sites_is_for_a_person() -> None:
    found = find(Sought(firm="X", mia_number="DE_01", city="Ulm"), ULM, JENA)

    assert found == [(1, "licence", 80, False), (2, "licence", 80, False)]


def test_the_city_tells_two_sites_of_a_vendor_apart() -> None:
    found = find(Sought(firm="Aldergate Biologics", city="Jena", country="DE"), ULM, JENA)

    assert found == [(2, "name", 100, True)]


def test_a_record_without_a_country_needs_the_only_establishment_of_that_name() -> None:
    here = Known(fei="3001", firm="Aldergate Biologics GmbH")
    there = Known(fei="9", firm="Aldergate Biologics Vaccine")
    sought = Sought(firm="Aldergate Biologics GmbH")

    assert find(sought, known=(here,)) == [(1, "name", 96, True)]
    assert find(sought, known=(here, there)) == [(1, "name", 96, False)]


def test_an_owner_is_never_the_site_by_itself() -> None:
    place = PlaceNames(site_id=1, names=("Birchwold",), owners=("Larkfield",), city="Ulm", country="DE")

    assert find(Sought(firm="Larkfield", city="Ulm", country="DE"), place) == [(1, "name", 85, False)]


def test_what_agrees_and_what_differs_is_said_part_by_part() -> None:
    said = differences(ULM, Sought(firm="Aldergate Bio", city="Jena", country="DE", duns="012345678"))

    assert dict(said) == {
        "firm": True, "city": False, "country": True, "fei": None, "duns": True, "ema_org_id": None,
        "ema_loc_id": None, "mia_number": None,
    }  # fmt: skip


# establishment, city, country, then spellings of it in letters: with a place, without one
_SAMPLE = (
    ("Aldergate Biologics GmbH", "Ulm", "DE", "ALDERGATE BIOLOGICS GMBH", "Aldergate Biologics"),
    (
        "Birchwold Pharma Private Limited",
        "Pune",
        "IN",
        "Birchwold Pharmaceuticals Pvt. Ltd.",
        "Birchwold Pharma",
    ),
    ("Cedarlea Laboratories, Inc.", "Salem", "US", "Cedarlea Labs Inc", "Cedarlea Laboratories Inc."),
    ("Cedarlea Laboratories, Inc.", "Austin", "US", "Cedarlea Laboratories", "Cedarlea Laboratories"),
    ("Dunmere S.p.A.", "Latina", "IT", "Dunmere SpA", "Dunmere"),
    ("Elmstow Sterile Products LLC", "Reno", "US", "Elmstow Sterile Products, L.L.C.", "Elmstow Sterile"),
    ("Fenwick Contract Mfg Co., Ltd.", "Wuxi", "CN", "Fenwick Contract Manufacturing", "Fenwick Contract"),
)


def test_matches_without_a_person_are_right_on_a_sample_of_invented_firms() -> None:
    places = [
        PlaceNames(site_id=number, names=(name,), city=city, country=country, fei=str(number))
        for number, (name, city, country, *_) in enumerate(_SAMPLE)
    ]
    known = [Known(fei=str(n), firm=row[0], city=row[1], country=row[2]) for n, row in enumerate(_SAMPLE)]
    directory = Directory(places, known)

    placed = [directory.find(Sought(firm=r[3], city=r[1], country=r[2])) for r in _SAMPLE]
    named = [directory.find(Sought(firm=row[4])) for row in _SAMPLE]

    assert [(one[0].site_id, one[0].automatic) for one in placed] == [(n, True) for n in range(len(_SAMPLE))]
    sure = [(number, one[0]) for number, one in enumerate(named) if one and one[0].automatic]
    assert all(one.site_id == number for number, one in sure)
    assert [number for number, _ in sure] == [0, 1, 4]


def test_a_finding_is_plain_data() -> None:
    assert Finding(1, "name", 96, automatic=True) == Finding(1, "name", 96, automatic=True)


def test_published_forms_match_as_measured_where_the_shared_data_is() -> None:
    """The bench measures it in full; here a slice of the same, or nothing more than the sample above."""
    path = shared_data("fda_published_483s.csv")
    if path is None:
        return
    from bench import matching as bench

    names = bench.all_names(path.parent)
    directory = Directory(bench.places(names), names)
    outcome = bench.measure(directory, bench.forms_483(path.parent)[::10], {one.fei for one in names})

    assert outcome.precision >= bench.FLOOR
