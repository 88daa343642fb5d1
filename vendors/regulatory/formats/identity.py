"""What else names a site in the row of an official file, beside its FEI: for matching records that have none.

The row is kept as the source gave it. Each source has its own column names, compared as in the formats: without
case, spaces and punctuation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vendors.regulatory.formats.base import same_name
from vendors.regulatory.formats.values import normalise_duns

_ADDRESS = (
    "Address",
    "Street Address Line 1",
    "Address Line 1",
    "Address Line 2",
    "Address 1",
    "Address 2",
    "Address 3",
    "Address 4",
)
_NULLS = frozenset({"", "-", "N/A"})


@dataclass(frozen=True, slots=True)
class RowIdentity:
    """Names and numbers of the site; "" where the row gives none, also where it gives what cannot be one."""

    address: str = ""
    postcode: str = ""
    state: str = ""
    duns: str = ""
    ema_org_id: str = ""
    ema_loc_id: str = ""
    mia_number: str = ""


def identity_of(raw: Mapping[str, str]) -> RowIdentity:
    """The identity in a record's `raw`."""
    by_name = {same_name(name): text.strip() for name, text in raw.items() if text.strip() not in _NULLS}

    def first(*names: str) -> str:
        return next((by_name[key] for name in names if (key := same_name(name)) in by_name), "")

    try:
        duns = normalise_duns(first("DUNS Number", "DUNS_NUMBER"))
    except ValueError:
        duns = ""
    return RowIdentity(
        address=", ".join(by_name[key] for name in _ADDRESS if (key := same_name(name)) in by_name),
        postcode=first("Postcode", "Postal Code", "Zip", "Zip Code"),
        state=first("State", "Recalling Firm State"),
        duns=duns,
        ema_org_id=first("OMS Organisation Identifier").upper(),
        ema_loc_id=first("OMS Location Identifier").upper(),
        mia_number=first("MIA Number"),
    )
