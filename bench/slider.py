"""From a step of a weight slider of the ranking to the frame that shows the moved board, in the system's Chromium."""

import statistics
from pathlib import Path
from typing import Any

from cdmo_eval.core.roles import Role
from tests.support.browser import launch
from tests.support.product import Product

LIMIT = 50.0
PRESSES = 40
# the second frame is the first that is drawn after everything the step set off was laid out
MEASURE = """async presses => {
  const slider = document.querySelector('input[type=range]')
  const frame = () => new Promise(done => requestAnimationFrame(done))
  slider.focus()
  const found = []
  for (let press = 0; press < presses; press++) {
    await frame()
    const began = performance.now()
    slider.value = String(Number(slider.value) + (press % 2 ? -1 : 1))
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    const worked = performance.now() - began
    await frame()
    await frame()
    const drawn = performance.now() - began
    await frame()
    const idle = performance.now()
    await frame()
    await frame()
    found.push([worked, drawn, performance.now() - idle])
  }
  return found
}"""


def slider_frames(folder: Path, address: str) -> int:
    """Print the median and the slowest of many; 1 when the median is above the limit."""
    product = Product(folder, {})
    try:
        product.start("web")
        found, rows = moved(product.address, address)
    finally:
        product.stop()
    return told(found, rows)


def moved(server: str, address: str) -> tuple[list[list[float]], int]:
    """Milliseconds of work, to the second frame after it and of two frames without any, for each step; and the rows of the board."""
    from scorecards.demo.people import DEMO_PASSWORD, DEMO_USERS

    with launch() as browser:
        page: Any = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{server}/accounts/login/")
        page.fill("input[name=login]", DEMO_USERS[Role.MANAGER][0])
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{server}/")
        with page.expect_response(lambda answer: answer.url.endswith("live.json")):
            page.goto(f"{server}{address}")
        page.wait_for_selector("input[type=range]")
        page.wait_for_timeout(1000)
        rows = page.locator("rank-board [data-candidate], rank-board tbody tr").count()
        return page.evaluate(MEASURE, PRESSES), rows


def told(found: list[list[float]], rows: int) -> int:
    """What was measured, in words."""
    work, frames, idle = ([one[which] for one in found] for which in (0, 1, 2))
    middle = statistics.median(frames)
    print(
        f"weight slider, {rows} rows: work of the event median {statistics.median(work):.1f} ms; to the second frame median {middle:.1f} ms, "
        f"slowest {max(frames):.1f} ms; two frames without work {statistics.median(idle):.1f} ms (aim {LIMIT:.0f})  "
        f"{'pass' if middle <= LIMIT else 'FAIL'}"
    )
    return int(middle > LIMIT)
