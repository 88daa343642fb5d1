"""Two imports of the demo: a file with errors that waits for its repairs, and one that was loaded and can be undone."""

import io

from scorecards.demo.dealings import Desk
from scorecards.demo.families import MAKERS
from vendors.imports import uploads
from vendors.models import UploadedLoad


def write_imports(desk: Desk) -> None:
    """Check both files, load the second; people and statements are invented."""
    first, second = (maker.name for maker in MAKERS[:2])
    day = desk.today.strftime("%d/%m/%Y")
    waiting = (
        "Supplier,Criterion,Answer,Date,Grade,Note\n"
        f"{first},SVC6,3,{day},D,Fictional statement\n"
        f"{second[:-1]},SVC6,2,{day},D,Fictional statement\n"
        f"{second},SVC6,9,{desk.today},D,Fictional statement\n"
    )
    people = (
        "Company,Contact,Role,E-mail\n"
        f"{first},F. Ictional,Business development,f.ictional@example.com\n"
        f"{second},I. Nvented,Quality,i.nvented@example.com\n"
    )
    _check(desk, "evidence", waiting, "answers-from-calls (fictional).csv")
    load = _check(desk, "contacts", people, "people-met (fictional).csv")
    uploads.commit_upload(load=load, by=desk.manager, now=desk.now)


def _check(desk: Desk, kind: str, table: str, name: str) -> UploadedLoad:
    return uploads.check_upload(
        organization=desk.organization,
        kind=kind,
        content=io.BytesIO(table.encode()),
        name=name,
        by=desk.manager,
        now=desk.now,
    )
