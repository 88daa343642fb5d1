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

IMAGES = BASE_DIR / "docs" / "images"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
KEPT = {
    "ranking-light-1440": "ranking.png",
    "profile-light-1440": "profile.png",
    "ranking-dark-1440": "ranking-dark.png",
}


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
    with launch() as browser:
        for theme in ("light", "dark"):
            for size, (width, height) in SIZES.items():
                context = browser.new_context(viewport={"width": width, "height": height})
                context.add_cookies([{"name": "theme", "value": theme, "url": address}])
                page = context.new_page()
                page.goto(f"{address}/accounts/login/")
                page.fill("input[name=login]", DEMO_USERS[Role.MANAGER][0])
                page.fill("input[name=password]", DEMO_PASSWORD)
                page.keyboard.press("Enter")
                page.wait_for_load_state("networkidle")
                for name, path in pages(page, address).items():
                    page.goto(f"{address}{path}")
                    page.wait_for_load_state("networkidle")
                    shot = f"{name}-{theme}-{size}"
                    if shot in KEPT:
                        page.screenshot(path=IMAGES / KEPT[shot])
                    if everything is not None:
                        everything.mkdir(parents=True, exist_ok=True)
                        page.screenshot(path=everything / f"{shot}.png", full_page=True)
                context.close()


def pages(page: object, address: str) -> dict[str, str]:
    """The addresses to picture: fixed ones, and the first ranking and vendor that the lists link to."""
    found = {
        "dashboard": "/", "directory": "/vendors/", "scorecards": "/scorecards/", "programmes": "/programmes/", "jobs": "/jobs/", "method": "/method/",
    }  # fmt: skip
    for name, where, pattern in (
        ("ranking", "/scorecards/", "main a[href^='/scorecards/']:not([href$='/new/'])"),
        ("profile", "/vendors/", "main a[href^='/vendors/']:not([href$='/add/'])"),
    ):
        page.goto(f"{address}{where}")  # type: ignore[attr-defined]
        links = page.eval_on_selector_all(pattern, "all => all.map(a => a.getAttribute('href'))")  # type: ignore[attr-defined]
        own = [
            link for link in links if len(link.strip("/").split("/")) == 2 and "-" in link and "?" not in link
        ]
        if own:
            found[name] = own[0]
    if "ranking" in found:
        page.goto(f"{address}{found['ranking']}")  # type: ignore[attr-defined]
        links = page.eval_on_selector_all(
            "main a[href*='/candidates/']", "all => all.map(a => a.getAttribute('href'))"
        )  # type: ignore[attr-defined]
        if links:
            found["candidate"] = links[0]
    return found


if __name__ == "__main__":
    main()
