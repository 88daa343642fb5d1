"""A local server that answers like FDA's Data Dashboard API and openFDA, and can be told to misbehave."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, KEY = "somebody@example.com", "a-key"
Fault = Callable[[BaseHTTPRequestHandler], bool]
"""Does something instead of answering; True when it has answered (or not) in its own way."""


@dataclass
class Service:
    """What the server holds, what it was asked, and the faults that wait for the next requests."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    change: Callable[[dict[str, Any]], Any] = lambda answer: answer
    url: str = ""


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"busy") -> Fault:
    """Answer with a status."""

    def answer(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(code)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return True

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> bool:
    """Close the connection in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"statuscode": 400, "resu')
    handler.close_connection = True
    return True


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """The service on a loopback port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self._misbehaves(body):
                return
            if (self.headers["Authorization-User"], self.headers["Authorization-Key"]) != (USER, KEY):
                self._send([{"statuscode": 401, "message": "Invalid credentials."}])
                return
            dataset = urlsplit(self.path).path.rsplit("/", 1)[-1]
            rows = service.rows[dataset]
            for name, values in body["filters"].items():
                rows = [row for row in rows if row[name] in values]
            start, count = body["start"], body["rows"]
            found = sorted(rows, key=lambda row: str(row[body["sort"]]))[start - 1 : start - 1 + count]
            # FDA's description has the total there alone
            total = {"totalrecordcount": len(rows)} if dataset == "inspections_classifications" else {}
            answer = {
                "statuscode": 400,
                "message": "Success.",
                **total,
                "resultcount": len(found),
                "result": found,
            }
            self._send(service.change(answer))

        def do_GET(self) -> None:
            if self._misbehaves(None):
                return
            asked = parse_qs(urlsplit(self.path).query)
            start, limit = int(asked.get("search_after", ["0"])[0]), int(asked["limit"][0])
            rows = service.rows["enforcement"]
            found = rows[start : start + limit]
            link = ""
            if start + limit < len(rows):
                link = f'<{service.url}/drug/enforcement.json?limit={limit}&search_after={start + limit}>; rel="next"'
            meta = {"results": {"skip": 0, "limit": limit, "total": len(rows)}}
            self._send(service.change({"meta": meta, "results": found}), link)

        def _misbehaves(self, body: Any) -> bool:
            service.asked.append((self.path, body))
            fault = service.faults.pop(0) if service.faults else None
            return fault is not None and fault(self)

        def _send(self, answer: Any, link: str = "") -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def inspections(count: int) -> list[dict[str, Any]]:
    """Rows as `inspections_classifications` gives them, of establishments of our own."""
    return [
        {
            "FEINumber": str(3009000000 + number % 7), "LegalName": "Own Sample Ltd", "City": "Nowhere", "CountryName": "India",
            "InspectionID": str(1000 + number), "InspectionEndDate": f"2024-01-{number % 28 + 1:02}", "FiscalYear": "2024",
            "PostedCitations": None, "Classification": "Voluntary Action Indicated (VAI)", "ClassificationCode": "VAI",
            "ProjectArea": "Drug Quality Assurance", "ProductType": "Drugs", "FMD145Date": None, "FirmProfile": None,
        }
        for number in range(count)
    ]  # fmt: skip


def citations(count: int) -> list[dict[str, Any]]:
    """Rows as `inspections_citations` gives them, of establishments of our own."""
    return [
        {
            "InspectionID": str(1000 + number // 3), "FEINumber": str(3009000000 + number // 3), "LegalName": "Own Sample Ltd",
            "AddressLine1": "1 Street", "AddressLine2": "", "City": "Nowhere", "ZipCode": "", "CountryCode": "IN", "CountryName": "India",
            "InspectionEndDate": "2024-01-12", "ProgramArea": "Drugs", "CitationID": str(number % 4), "ActCFRNumber": f"21 CFR 211.{number + 1}",
            "ShortDescription": "Procedures not in writing", "LongDescription": "Not in writing.", "FirmProfile": None,
        }
        for number in range(count)
    ]  # fmt: skip


def recalls(count: int) -> list[dict[str, Any]]:
    """Reports as openFDA's drug enforcement gives them, of firms of our own."""
    return [
        {
            "status": "Ongoing", "city": "Nowhere", "state": "NJ", "country": "United States", "classification": "Class II", "openfda": {},
            "product_type": "Drugs", "event_id": str(90000 + number), "recalling_firm": "Own Sample Ltd", "address_1": "1 Street", "address_2": "",
            "postal_code": "00000", "voluntary_mandated": "Voluntary: Firm initiated", "initial_firm_notification": "Letter",
            "distribution_pattern": "Nationwide", "recall_number": f"D-{number:04}-2024", "product_description": "Tablets", "product_quantity": "10",
            "reason_for_recall": "Lack of Assurance of Sterility", "recall_initiation_date": "20240105", "center_classification_date": "20240205",
            "report_date": "20240301", "code_info": "Lot 1",
        }
        for number in range(count)
    ]  # fmt: skip
