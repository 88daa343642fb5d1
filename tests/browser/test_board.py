"""The board in a real browser: live scores are the server's, and weights, locks, layouts and choices work by keyboard."""

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cdmo_eval.core.tenancy import organization_scope
from scorecards import duties
from scorecards.engine.aggregate import Aggregate
from scorecards.engine.display import percent_text
from scorecards.engine.ranks import Ranking
from scorecards.engine.weights import leaf_weights
from scorecards.frameworks import weight_tree
from scorecards.models import Scorecard
from scorecards.selectors.board import Board, current_board
from scorecards.selectors.live_board import live_board
from scorecards.services.weighting import under_locks
from tests.factories.core import Team
from tests.integration.scorecards_pages.conftest import fill
from tests.support.threads import Beside

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEIGHTINGS = 1_000
SHOWN = "() => [...document.querySelectorAll('#board tr[data-id]')].map(row => [...row.querySelectorAll('[data-f]')].map(cell => cell.textContent))"
EVERY = """async ([answer, weightings]) => {
  const exact = await import("/static/js/exact-scores.js");
  const live = exact.model(answer);
  return weightings.map((points) => {
    const shared = exact.weights(live, exact.points(live, new Map(points)));
    return [[...shared], exact.standings(live, shared).map((one) => [
      live.answer.candidates[one.row].id, one.state, one.rank, one.tied, one.best, one.worst, one.numerator, one.denominator,
      one.low, one.high, one.coverage, one.verified, one.strength, [...one.points], exact.scoreText(one, 2),
    ])];
  });
}"""


@pytest.fixture
def scorecard(team: Team, transactional_db: None) -> Scorecard:
    """Four vendors on a calculated scorecard."""
    return fill(team, vendors=4)


def address(scorecard: Scorecard, rest: str = "") -> str:
    return reverse("scorecards:ranking", args=[scorecard.public_id]) + rest


def ready(page: Page, scorecard: Scorecard, rest: str = "") -> Page:
    """The board with its cells there."""
    page.goto(address(scorecard, rest))
    page.wait_for_selector("rank-board.live")
    return page


@pytest.mark.parametrize(
    ("policy", "locks", "cases"),
    [("neutral", [], WEIGHTINGS), ("known_only", [], 200), ("conservative", ["REG", "DIG"], 200)],
)
def test_a_thousand_weightings_give_the_figures_of_the_server(
    team: Team, scorecard: Scorecard, browser_page: Callable[..., Page], policy: str, locks: list[str], cases: int
) -> None:  # fmt: skip
    with organization_scope(team.organization.pk, team.actor()):
        if policy != "neutral" or locks:
            Scorecard.objects.filter(pk=scorecard.pk).update(
                policy=policy, weight_locks=locks, updated_at=datetime.now(UTC)
            )
    duties.recompute_dirty(organization_id=team.organization.pk, clock=lambda: datetime.now(UTC))
    with organization_scope(team.organization.pk, team.actor()):
        scorecard.refresh_from_db()
        board, answer = current_board(scorecard), live_board(scorecard)
    draw = random.Random(19)  # noqa: S311 - cases, not secrets
    codes = [group["code"] for group in answer["groups"]]
    weightings = [_weighting(draw, codes) for _ in range(cases)]
    page = browser_page()

    found = page.evaluate(EVERY, [answer, weightings])

    for points, (weights, rows) in zip(weightings, found, strict=True):
        ppb = _weights(board, scorecard, dict(points), locks)
        kept = [ppb[board.codes.index(leaf["code"])] for leaf in answer["leaves"]]
        assert [int(weight) for weight in weights] == kept, points
        assert rows == _rows(board, ppb), points


def _weighting(draw: random.Random, codes: list[str]) -> list[tuple[str, int]]:
    """Tenths of points from 0.1 to 100.0, some of them equal, so that remainders tie."""
    return [(code, draw.choice([1, 1, 10, 125, draw.randint(1, 1000)])) for code in codes]


def _weights(board: Board, scorecard: Scorecard, tenths: dict[str, int], locks: list[str]) -> list[int]:
    present = board.run.criteria["points"]
    after = {
        **present,
        **{code: str(Fraction(amount, 10)) for code, amount in tenths.items() if code not in locks},
    }
    after = under_locks(board.framework, scorecard.weights, after, locks)
    tree = weight_tree(board.framework, {code: Fraction(text) for code, text in after.items()})
    ppb: list[int] = leaf_weights(tree, not_applicable=list(board.not_applicable)).ppb.tolist()
    return ppb


def _rows(board: Board, ppb: list[int]) -> list[list[Any]]:
    scores = board.scores(np.array(ppb, dtype=np.int64))
    ranking = board.ranking(scores)
    places = {"ranked": 0, "gated": 1, "insufficient_evidence": 2}
    order = sorted(
        range(len(board.standings)),
        key=lambda row: (
            places[ranking.standing[row].value], ranking.rank[row], -scores.key[row], -scores.coverage[row],
            board.standings[row].vendor, board.standings[row].label, board.standings[row].public_id,
        ),
    )  # fmt: skip
    return [_row(board, scores, ranking, row) for row in order]


def _row(board: Board, scores: Aggregate, ranking: Ranking, row: int) -> list[Any]:
    score = (
        percent_text(int(scores.numerator[row]), int(scores.denominator[row]) * 1_000_000)
        if scores.has_score[row]
        else ""
    )
    return [
        board.standings[row].public_id, ranking.standing[row].value, int(ranking.rank[row]), bool(ranking.tied[row]),
        int(ranking.best[row]), int(ranking.worst[row]), int(scores.numerator[row]), int(scores.denominator[row]),
        int(scores.low[row]), int(scores.high[row]), int(scores.coverage[row]), int(scores.verified[row]), int(scores.strength[row]),
        scores.group_numerator[row].tolist(), score,
    ]  # fmt: skip


@pytest.mark.parametrize("layout", ["stacked", "split", "numbers"])
def test_live_figures_are_those_of_the_page(
    scorecard: Scorecard, browser_page: Callable[..., Page], reports: list[str], layout: str
) -> None:
    page = ready(browser_page(), scorecard, f"?layout={layout}")
    served = page.evaluate(SHOWN)

    page.evaluate("document.querySelector('rank-board').draw(null)")

    assert page.evaluate(SHOWN) == served
    assert reports == []


def test_a_weight_moved_by_keyboard_reorders_announces_and_is_saved(
    team: Team, scorecard: Scorecard, browser_page: Callable[..., Page], reports: list[str], beside: Beside
) -> None:
    page = ready(browser_page(), scorecard)
    names = page.locator("#board td.vendor a")
    leader, last = names.first.inner_text(), names.last.inner_text()
    _give_the_last_the_lead(page, last)
    first = names.first.inner_text()

    expect(page.locator("[data-banner]")).to_contain_text(f"{first} would lead")
    if first != leader:
        expect(page.locator("[data-announce]")).to_have_text(f"{first} is now ranked first.")
        expect(page.locator("#board tr .delta.up").first).to_be_visible()
    scores = page.locator("#board td.score b").all_inner_texts()
    page.get_by_role("button", name="Save weights").click()
    expect(page.locator("#status")).to_contain_text("Recomputing")
    recompute = beside.start(
        lambda: duties.recompute_dirty(organization_id=team.organization.pk, clock=lambda: datetime.now(UTC))
    )
    expect(page.locator("live-status")).to_contain_text("Fresh", timeout=15_000)
    expect(page.locator("#board td.score b")).to_have_text(scores, timeout=5_000)
    assert recompute.result(20) == 1
    assert reports == []


def _give_the_last_the_lead(page: Page, last: str) -> None:
    """Move the slider that helps the last vendor most against the leader, by keyboard."""
    slot = page.evaluate(
        """async () => {
          const answer = await (await fetch(document.querySelector("rank-board").dataset.live)).json();
          const [first, other] = [answer.candidates[0], answer.candidates.at(-1)];
          const gain = new Map();
          answer.leaves.forEach((leaf, at) => gain.set(leaf.group, (gain.get(leaf.group) ?? 0) + other.point[at] - first.point[at]));
          const best = [...gain].sort((a, b) => b[1] - a[1])[0][0];
          return answer.groups[best].code;
        }"""
    )
    slider = page.locator(f'li[data-code="{slot}"] input[type=range]')
    slider.focus()
    for _ in range(8):
        slider.press("PageUp")
    page.wait_for_timeout(400)


def test_locked_weights_stay_and_reset_brings_back_what_was_published(
    scorecard: Scorecard, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = ready(browser_page(), scorecard)
    served, boxes = page.evaluate(SHOWN), page.locator("#weights input[type=number]")
    before = [box.input_value() for box in boxes.all()]
    page.get_by_role("button", name="Lock the weight of Regulatory history").click()
    locked = page.locator("#weight-REG").input_value()
    page.locator("#weight-QUA").fill("60")
    page.locator("#weight-QUA").press("Enter")

    expect(page.locator("[data-banner]")).to_be_visible()
    assert page.locator("#weight-REG").input_value() == locked
    expect(page.locator("[data-sum]")).to_have_text("100.0")
    page.locator("[data-reset]").click()
    expect(page.locator("[data-banner]")).to_be_hidden()
    assert [box.input_value() for box in boxes.all()] == before
    page.wait_for_timeout(100)
    assert page.evaluate(SHOWN) == served
    assert reports == []


def test_layout_baseline_isolation_and_filter_stay_in_the_address_with_the_preview(
    scorecard: Scorecard, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = ready(browser_page(), scorecard)
    page.locator("#weight-QUA").fill("40")
    page.locator("#weight-QUA").press("Tab")
    score = page.locator("#board td.score b").first

    page.locator('[data-isolate="QUA"]').click()
    page.locator("#layout-split").click()
    expect(page.locator("#layout-split")).to_have_attribute("aria-current", "true")
    page.locator("#start").select_option("REG")
    expect(page.locator("rank-board[data-start=REG].live")).to_be_visible()
    page.locator("#hide").check()
    expect(page.locator("rank-board[data-hide].live")).to_be_visible()

    for part in ("layout=split", "start=REG", "isolate=QUA", "hide=failing"):
        expect(page).to_have_url(re.compile(part))
    expect(page.locator("[data-banner]")).to_be_visible()
    preview = score.inner_text()
    page.reload()
    expect(page.locator('[data-isolate="QUA"]')).to_have_attribute("aria-current", "true")
    expect(page.locator("rank-board[data-hide][data-start=REG]")).to_be_visible()
    assert preview
    page.go_back()
    expect(page.locator("#hide")).not_to_be_checked()
    assert reports == []


def test_chosen_vendors_are_compared_from_the_bar_by_keyboard(
    scorecard: Scorecard, browser_page: Callable[..., Page]
) -> None:
    page = ready(browser_page(), scorecard)
    compare = page.locator("[data-selection] [data-key=c]")
    expect(compare).to_be_disabled()

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-chosen].chosen")).to_have_text("2 vendors chosen.")
    page.keyboard.press("c")

    page.wait_for_url("**/compare/?*")
    assert page.url.count("c=") == 2


def test_a_weight_drawn_to_nothing_is_tried_out_by_the_server(
    scorecard: Scorecard, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = ready(browser_page(), scorecard)

    page.locator("#weight-QUA").fill("0")
    page.locator("#weight-QUA").press("Tab")

    expect(page.locator("rank-board[data-previewed]")).to_be_visible()
    expect(page.locator("[data-banner]")).to_contain_text("Preview with unsaved weights.")
    page.locator("[data-reset]").click()
    expect(page.locator("rank-board:not([data-previewed])")).to_be_visible()
    expect(page.locator("[data-banner]")).to_be_hidden()
    assert reports == []


def test_board_is_read_and_weights_are_saved_without_a_script(
    scorecard: Scorecard, browser_page: Callable[..., Page]
) -> None:
    page = browser_page(script=False)
    page.goto(address(scorecard, "?layout=split&isolate=QUA"))

    expect(page.locator("#board tr[data-id]")).to_have_count(4)
    expect(page.locator('rank-board[data-isolated^="k"]')).to_be_visible()
    page.get_by_role("button", name="Redraw").click()
    assert "isolate=QUA" in page.url
    page.locator("#weight-QUA").fill("40")
    page.get_by_role("button", name="Save and recompute").click()
    expect(page.locator("#status")).to_contain_text("Recomputing")


def test_endpoint_is_plain_json(scorecard: Scorecard, team: Team) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        assert json.loads(json.dumps(live_board(scorecard)))["candidates"]
