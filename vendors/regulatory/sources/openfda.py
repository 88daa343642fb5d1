"""openFDA's drug enforcement reports: open to everybody, more often with a key; pages by the link of the answer before."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from urllib3 import make_headers

from vendors.regulatory.sources.pages import Page
from vendors.regulatory.sources.web import Client, SourceError

MOST_ROWS = 1000
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class OpenFdaSource:
    """All drug enforcement reports, oldest first. Beyond 25 000 rows openFDA pages only by its `search_after` link."""

    url: str
    key: str = ""
    rows: int = MOST_ROWS
    kind: str = "openfda_enforcement"
    suffix: str = ".json"

    def missing(self) -> str:
        """Nothing: a key only raises the limits."""
        return ""

    def page(self, client: Client, cursor: str) -> Page:
        """The page at an address that the page before gave. Raises SourceError."""
        address = cursor or f"{self.url}/drug/enforcement.json?" + urlencode(
            {"sort": "report_date:asc", "limit": self.rows}
        )
        if not self._is_ours(address):
            raise SourceError(f"openFDA: the next page lies at another host: {urlsplit(address).netloc}")
        # a key as user name in a header, not in the address, which ends in logs
        headers = make_headers(basic_auth=f"{self.key}:") if self.key else {}
        answer = client.ask("GET", address, headers=headers)
        data = answer.data if isinstance(answer.data, dict) else {}
        rows, meta = data.get("results"), data.get("meta")
        total = meta.get("results", {}).get("total") if isinstance(meta, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
            raise SourceError("openFDA: the answer has no list of rows named results")
        if not isinstance(total, int):
            raise SourceError("openFDA: the answer does not say how many rows there are")
        link = _NEXT.search(answer.headers.get("link", ""))
        return Page(tuple(rows), link[1] if link else "", total)

    def _is_ours(self, address: str) -> bool:
        wanted, found = urlsplit(self.url), urlsplit(address)
        return (wanted.scheme, wanted.netloc) == (found.scheme, found.netloc)
