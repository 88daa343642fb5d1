"""FDA's register of drug establishments (DECRS, drls_reg.txt): who is registered, for which operations, until when.

The native file is text between tabs without quotation marks, in Latin-1 (read as its superset of Windows), with a space before the first column's
name and a tab at the end of each line. The address ends in the country: "..., Hyderabad, India (IND)".
"""

import re
from collections.abc import Mapping

from vendors.regulatory.formats.base import CellError, Column, FileFormat, Origin, Values
from vendors.regulatory.formats.iso3 import TWO_LETTERS
from vendors.regulatory.formats.values import optional_date, optional_duns, optional_fei
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

_COUNTRY = re.compile(r"\(([A-Z]{3})\)\s*$")


def country_of(address: str) -> str:
    """The two-letter code of the country at the end of an address; "" when there is none.

    The name before it is not read: some have a comma of their own ("Korea, Republic of").
    """
    match = _COUNTRY.search(address)
    return TWO_LETTERS.get(match[1], "") if match else ""


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    fei = optional_fei(values, "fei")
    duns = optional_duns(values, "duns")
    if not fei and not duns:
        raise CellError("fei", "is blank, and so is the DUNS number")
    operations = [part.strip() for part in values.text("operations").split(";")]
    return RegulatoryRecord(
        kind=RecordKind.REGISTRATION,
        authority=FDA,
        native_id=duns,
        fei=fei,
        firm=values.required("firm"),
        country=country_of(values.text("address")),
        scope="; ".join(part for part in operations if part),
        closed_on=optional_date(values, "expires_on"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


FDA_REGISTRATIONS = FileFormat(
    code="fda_registrations",
    label="FDA drug establishment registrations",
    columns=(
        Column("fei", ("FEI_NUMBER",), required=True),
        Column("duns", ("DUNS_NUMBER",), required=True),
        Column("firm", ("FIRM_NAME",), required=True),
        Column("address", ("ADDRESS",), required=True),
        Column("expires_on", ("EXPIRATION_DATE",), required=True),
        Column("operations", ("OPERATIONS",), required=True),
        Column("contact_name", ("ESTABLISHMENT_CONTACT_NAME",)),
        Column("contact_email", ("ESTABLISHMENT_CONTACT_EMAIL",)),
        Column("agent", ("AGENT_DETAILS",)),
        Column("registrant", ("REGISTRANT_NAME",)),
        Column("registrant_duns", ("REGISTRANT_DUNS",)),
        Column("registrant_contact_name", ("REGISTRANT_CONTACT_NAME",)),
        Column("registrant_contact_email", ("REGISTRANT_CONTACT_EMAIL",)),
        Column("excluded", ("EXCLUSION_FLAG",)),
    ),
    read=_read,
    kinds=(RecordKind.REGISTRATION,),
    encoding="cp1252",
    bare_tabs=True,
)
