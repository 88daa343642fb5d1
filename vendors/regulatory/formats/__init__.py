"""The official file formats that can be imported, by code."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from vendors.regulatory.formats.base import FileFormat
from vendors.regulatory.formats.eudragmdp import EUDRAGMDP
from vendors.regulatory.formats.fda_483 import FDA_483
from vendors.regulatory.formats.fda_citations import FDA_CITATIONS
from vendors.regulatory.formats.fda_compliance_actions import FDA_COMPLIANCE_ACTIONS
from vendors.regulatory.formats.fda_inspections import FDA_INSPECTIONS
from vendors.regulatory.formats.fda_recalls import FDA_RECALLS
from vendors.regulatory.formats.fda_registrations import FDA_REGISTRATIONS
from vendors.regulatory.formats.fda_warning_letters import FDA_WARNING_LETTERS
from vendors.regulatory.formats.import_alert import IMPORT_ALERT
from vendors.regulatory.formats.openfda_enforcement import OPENFDA_ENFORCEMENT

FORMATS: Mapping[str, FileFormat] = MappingProxyType(
    {
        file_format.code: file_format
        for file_format in (
            FDA_INSPECTIONS,
            FDA_CITATIONS,
            FDA_483,
            FDA_COMPLIANCE_ACTIONS,
            FDA_RECALLS,
            OPENFDA_ENFORCEMENT,
            FDA_WARNING_LETTERS,
            FDA_REGISTRATIONS,
            EUDRAGMDP,
            IMPORT_ALERT,
        )
    }
)


def format_for(code: str) -> FileFormat:
    """The format of a code; raises ValueError that names the known ones."""
    try:
        return FORMATS[code]
    except KeyError as error:
        raise ValueError(f"unknown file kind {code!r}; known: {', '.join(FORMATS)}") from error


def detect_format(header: Sequence[str]) -> FileFormat | None:
    """The format whose required columns a header has, or None when none or more than one fits."""
    fitting = [file_format for file_format in FORMATS.values() if file_format.recognise(header) is not None]
    return fitting[0] if len(fitting) == 1 else None
