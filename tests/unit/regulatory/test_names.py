"""Spellings of firms and cities in comparable form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.regulatory.names import city_key, firm_name, firm_names, plain, same_city, trigrams


@pytest.mark.parametrize(
    ("text", "key", "form"),
    [
        ("ALDERGATE Pharma Pvt. Ltd.", "aldergate pharmaceutical", "ltd"),
        ("Aldergate Pharmaceuticals Private Limited", "aldergate pharmaceutical", "ltd"),
        ("Birchwold S.p.A.", "birchwold", "spa"),
        ("Birchwöld GmbH & Co. KG", "birchwold", "gmbh"),
        ("The Cedar Company, Inc.", "cedar", "inc"),
        ("Alder & Birch, L.L.C.", "alder and birch", "llc"),
        ("Larkfield Sdn. Bhd.", "larkfield", "bhd"),
        ("Larkfield's Labs", "larkfields laboratory", ""),
        ("Ltd", "ltd", ""),
        ("", "", ""),
    ],
)
def test_firm_name_leaves_the_legal_form_aside(text: str, key: str, form: str) -> None:
    name = firm_name(text)

    assert (name.key, name.form) == (key, form)


def test_firm_names_states_what_a_firm_does_business_as_but_not_its_owner() -> None:
    found = [name.key for name in firm_names("Alder Inc. d/b/a Birch Labs, a division of Cedar Corp.")]

    assert found == ["alder", "birch laboratory"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Halol", "Halol, Panchmahal", True),
        ("75008 Paris", "PARIS", True),
        ("Ulm", "Jena", False),
        ("Ulm", "", None),
        ("", "", None),
    ],
)
def test_same_city_by_its_words(one: str, other: str, *, same: bool | None) -> None:
    assert same_city(one, other) is same


@given(st.text(max_size=60))
def test_a_comparable_form_is_its_own_comparable_form(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert city_key(city_key(text)) == city_key(text)


@given(st.text(alphabet="abc .", max_size=30))
def test_a_text_is_most_like_itself(text: str) -> None:
    pieces = trigrams(plain(text))

    assert 2 * len(pieces & pieces) == len(pieces) + len(pieces)
