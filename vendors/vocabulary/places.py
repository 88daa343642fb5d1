"""Regions, countries and markets."""

from collections.abc import Mapping
from types import MappingProxyType

from vendors.vocabulary.code import Code


class Region(Code):
    """The seven regions of the footprint."""

    N_AMERICA = "N_AMERICA", "North America"
    LATAM = "LATAM", "Latin America"
    EUROPE = "EUROPE", "Europe"
    MEA = "MEA", "Middle East and Africa"
    E_ASIA = "E_ASIA", "East Asia"
    S_ASIA = "S_ASIA", "South and South-East Asia"
    OCEANIA = "OCEANIA", "Oceania"


_COUNTRIES_OF_REGION: Mapping[Region, str] = MappingProxyType(
    {
        Region.N_AMERICA: "US CA BM GL PM",
        Region.LATAM: (
            "AG AI AR AW BB BL BO BQ BR BS BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN"
            " KY LC MF MQ MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI"
        ),
        Region.EUROPE: (
            "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI"
            " LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"
        ),
        Region.MEA: (
            "AE AM AO AZ BF BH BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GE GH GM GN GQ GW IL IQ"
            " IR JO KE KM KW LB LR LS LY MA MG ML MR MU MW MZ NA NE NG OM PS QA RE RW SA SC SD SH SL SN"
            " SO SS ST SY SZ TD TG TN TR TZ UG YE YT ZA ZM ZW"
        ),
        Region.E_ASIA: "CN HK JP KP KR MN MO TW",
        Region.S_ASIA: "AF BD BN BT ID IN IO KG KH KZ LA LK MM MV MY NP PH PK SG TH TJ TL TM UZ VN",
        Region.OCEANIA: "AS AU CC CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    }
)
_REGION_OF_COUNTRY: Mapping[str, Region] = MappingProxyType(
    {country: region for region, countries in _COUNTRIES_OF_REGION.items() for country in countries.split()}
)
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EEA_COUNTRIES: frozenset[str] = frozenset(_EU.split()) | {"IS", "LI", "NO"}
"""Countries whose national inspectors act for the EU market."""

COUNTRY_CODES: frozenset[str] = frozenset(_REGION_OF_COUNTRY)
"""The ISO 3166 two-letter codes we know a region of."""


def region_of_country(iso2: str) -> Region | None:
    """Region of an ISO 3166 two-letter country code (any case); None when the code is not known."""
    return _REGION_OF_COUNTRY.get(iso2.strip().upper())


class Market(Code):
    """A market with a code of its own; any other market is its ISO two-letter country code."""

    US = "US", "United States"
    EU = "EU", "European Union"
    UK = "UK", "United Kingdom"
    JP = "JP", "Japan"
    CN = "CN", "China"
    CA = "CA", "Canada"
    AU = "AU", "Australia"
    CH = "CH", "Switzerland"
    BR = "BR", "Brazil"
    KR = "KR", "South Korea"
    IN = "IN", "India"


def is_market(code: str) -> bool:
    """Whether the code is a named market or a country code."""
    return code in Market.__members__ or code in COUNTRY_CODES


def market_of_country(iso2: str) -> str:
    """The market a country belongs to: EU for its members, UK for GB, otherwise the country itself."""
    country = iso2.strip().upper()
    if country in EEA_COUNTRIES:
        return Market.EU.value
    return Market.UK.value if country == "GB" else country


def region_of_market(market: str) -> Region | None:
    """Region of a market code; None when the code is not known."""
    if market in {Market.EU, Market.UK}:
        return Region.EUROPE
    return region_of_country(market)
