"""The closed vocabularies."""

import pytest

from vendors import vocabulary
from vendors.vocabulary import (
    BatchUnit,
    Code,
    Modality,
    ModalityClass,
    Phase,
    Region,
    building_blocks,
    is_market,
    market_of_country,
    modality_class,
    phase_order,
    region_of_country,
    region_of_market,
)


def test_every_code_has_a_label() -> None:
    kinds = [kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, Code)]

    assert [member for kind in kinds for member in kind if not member.label] == []
    assert len(kinds) > 40


@pytest.mark.parametrize(
    ("modality", "family"),
    [
        (Modality.OLIGO, ModalityClass.CHEM),
        (Modality.MRNA_LNP, ModalityClass.RNA),
        (Modality.AAV, ModalityClass.VIRAL),
        (Modality.CAR_T_AUTO, ModalityClass.CELL),
        (Modality.PLASMID, ModalityClass.BIO),
        (Modality.OTHER, ModalityClass.BIO),
    ],
)
def test_class_of_a_modality(modality: Modality, family: ModalityClass) -> None:
    assert modality_class(modality) is family
    assert len(building_blocks(family)) == 5


def test_phases_are_ordered() -> None:
    assert sorted(Phase, key=phase_order) == list(Phase)
    with pytest.raises(ValueError, match="PH9"):
        phase_order("PH9")


@pytest.mark.parametrize(
    ("country", "region"),
    [("US", Region.N_AMERICA), ("mx", Region.LATAM), ("GB", Region.EUROPE), ("IL", Region.MEA), ("KR", Region.E_ASIA),
     ("SG", Region.S_ASIA), ("AU", Region.OCEANIA), ("XX", None), ("", None)],
)  # fmt: skip
def test_region_of_a_country(country: str, region: Region | None) -> None:
    assert region_of_country(country) == region


def test_markets_and_countries() -> None:
    assert (market_of_country("de"), market_of_country("GB"), market_of_country("SG")) == ("EU", "UK", "SG")
    assert (region_of_market("EU"), region_of_market("UK"), region_of_market("JP")) == (
        Region.EUROPE,
        Region.EUROPE,
        Region.E_ASIA,
    )
    assert (is_market("EU"), is_market("SG"), is_market("ZZ")) == (True, True, False)


def test_code_is_its_text() -> None:
    assert Modality("MAB") == "MAB"
    assert Modality.MAB.label == "Monoclonal antibody"
    assert Modality.choices()[3] == ("MAB", "Monoclonal antibody")
    assert {BatchUnit.KG: 1}["kg"] == 1  # type: ignore[index]
