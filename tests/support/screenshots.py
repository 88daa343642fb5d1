"""Pictures of the main pages on demo data, in docs/images/: both themes, desktop and phone. `make screenshots`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import django

from cdmo_eval.embedded import BASE_DIR, EmbeddedServers, free_port
from tests.support.browser import chromium_path, launch
from tests.support.pages import VIEWS, Names
from tests.support.small_png import small_png

IMAGES = BASE_DIR / "docs" / "images"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
KEPT = {
    "ranking-light-1440": "ranking.png",
    "ranking-dark-1440": "ranking-dark.png",
    "ranking-light-390": "ranking-phone.png",
    "compare-light-1440": "compare.png",
    "firmness-light-1440": "firmness.png",
    "profile-light-1440": "profile.png",
    "directory-light-1440": "directory.png",
    "builder-light-1440": "builder.png",
    "decision-light-1440": "decision.png",
    "dashboard-light-1440": "dashboard.png",
}
MAIN = {
    "dashboard": "/", "directory": "/vendors/", "profile": "vendors/<uuid:vendor_id>/", "ranking": "scorecards/<uuid:scorecard_id>/",
    "compare": "scorecards/<uuid:scorecard_id>/compare/", "firmness": "scorecards/<uuid:scorecard_id>/firmness/",
    "builder": "scorecards/<uuid:scorecard_id>/build/weights/", "decision": "shortlists/<uuid:shortlist_id>/decision/",
    "candidate": "scorecards/<uuid:scorecard_id>/candidates/<uuid:candidate_id>/", "proposals": "programmes/<uuid:program_id>/proposals/",
    "method": "/method/", "jobs": "/jobs/",
}  # fmt: skip
"""What is pictured: an address, or a pattern of the registry of pages (its last face with query for the comparison)."""


def main() -> None:
    """Start everything in a temporary folder, take the pictures, stop everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--all", type=Path, help="also write every page in every theme and size to this folder"
    )
    everything: Path | None = parser.parse_args().all
    if chromium_path() is None:
        sys.exit("There is no Chromium here: install it (Debian: apt-get install chromium).")
    folder = Path(tempfile.mkdtemp(prefix="cdmo-pictures-"))
    folder.chmod(0o755)
    servers = EmbeddedServers(folder, durable=False)
    web = None
    try:
        servers.start().export()
        os.environ |= {
            "CDMO_FILES": str(folder / "files"),
            "CDMO_LOG_LEVEL": "WARNING",
            "CDMO_PROCESS": "web",
        }
        for command in (["migrate", "--verbosity=0"], ["demo"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=BASE_DIR,
                check=True,
                env=os.environ | {"CDMO_PROCESS": "command"},
            )
        port = free_port()
        web = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "cdmo_eval.wsgi",
                "--bind",
                f"127.0.0.1:{port}",
                "--threads",
                "4",
                "--log-level",
                "warning",
            ],
            cwd=BASE_DIR,
        )
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/health/live/")
        take(address, everything)
    finally:
        if web is not None:
            web.terminate()
            web.wait()
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(servers.home, ignore_errors=True)


def wait_for(address: str) -> None:
    """Until the web server answers."""
    for _ in range(200):
        with suppress(OSError):
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own address on loopback
            return
        time.sleep(0.1)
    raise TimeoutError(address)


def take(address: str, everything: Path | None) -> None:
    """Sign in as the demo manager, walk the pages, keep the pictures the documents show."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    django.setup()
    from cdmo_eval.core.roles import Role
    from scorecards.demo.people import DEMO_PASSWORD, DEMO_USERS

    IMAGES.mkdir(parents=True, exist_ok=True)
    listed = main_pages()
    with launch() as browser:
        blank = browser.new_page()
        sizes = [(theme, size) for theme in ("light", "dark") for size in SIZES]
        for theme, size in sizes:
            width, height = SIZES[size]
            wanted = [name for name in listed if everything is not None or f"{name}-{theme}-{size}" in KEPT]
            if not wanted:
                continue
            context = browser.new_context(viewport={"width": width, "height": height})
            context.add_cookies([{"name": "theme", "value": theme, "url": address}])
            page = context.new_page()
            page.goto(f"{address}/accounts/login/")
            page.fill("input[name=login]", DEMO_USERS[Role.MANAGER][0])
            page.fill("input[name=password]", DEMO_PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "/accounts/login/" not in url)
            for name in wanted:
                page.goto(f"{address}{listed[name]}")
                page.wait_for_load_state("networkidle")
                shot = f"{name}-{theme}-{size}"
                if shot in KEPT:
                    (IMAGES / KEPT[shot]).write_bytes(small_png(blank, page.screenshot()))
                if everything is not None:
                    everything.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=everything / f"{shot}.png", full_page=True)
            context.close()


def main_pages() -> dict[str, str]:
    """Name → address on the demo."""
    from cdmo_eval.core.models import Organization
    from cdmo_eval.core.tenancy import organization_scope

    with organization_scope(Organization.objects.get(slug="demo").pk, "pictures"):
        names = Names()
        found = {
            name: pattern if pattern.startswith("/") else "/" + names.fill(pattern)
            for name, pattern in MAIN.items()
        }
        return found | {"compare": found["compare"] + VIEWS[MAIN["compare"]][1].format_map(names)}


if __name__ == "__main__":
    main()
