"""Sample drawings of results for the style guide: invented vendors, figures chosen to show the awkward cases."""

from fractions import Fraction
from typing import Any

from scorecards.charts import Swing, rank_heat_map, score_lines, tornado
from scorecards.comparison_charts import SHAPES, dumbbell, history_chart, radar, waterfall_chart
from scorecards.engine.exact import PPB
from scorecards.price_chart import price_chart
from scorecards.selectors.price_front import Price, PricedCandidate

LEADER, SECOND, THIRD = "Dunmore Pharma Services", "Elverum Bio", "Łódź Sterile Works"


def drawings() -> dict[str, Any]:
    """What `templates/styleguide.html` draws of scorecards."""
    waterfall = waterfall_chart([Fraction(42, 1000), Fraction(-18, 1000), Fraction(9, 1000)])
    offers = [
        _offer(1, LEADER, 75, 4_100_000, on_front=True),
        _offer(2, SECOND, 74, 2_900_000, on_front=True),
        _offer(3, THIRD, 61, 3_600_000, on_front=False),
    ]
    return {
        "heat_map": rank_heat_map(
            {
                LEADER: (730_000, 170_000, 80_000, 20_000),
                SECOND: (200_000, 470_000, 250_000, 80_000),
                THIRD: (60_000, 260_000, 450_000, 230_000),
            },
            cases=10_000,
        ),
        "tornado": tornado(
            LEADER,
            11_000,
            [
                Swing("REG", "Regulatory history", 4, -6_000, 28_000),
                Swing("SUS", "Sustainability", 10, 9_000, 14_000),
            ],
        ),
        "lines": score_lines(
            "Regulatory history", 140_000_000,
            {LEADER: (720_000, 760_000, 800_000), SECOND: (750_000, 745_000, None), THIRD: (610_000, 620_000, 640_000)},
            [(90_000_000, "first changes at 9%")], leading=(LEADER, SECOND), sentence="Score against the weight of regulatory history.",
            upto=PPB // 2,
        ),
        "dumbbells": [
            dumbbell((LEADER, SECOND, THIRD), (830_000, 550_000, 540_000)),
            dumbbell((LEADER, SECOND), (None, 620_000)),
            dumbbell((LEADER, SECOND), (None, None)),
        ],
        "shapes": SHAPES,
        "waterfall": waterfall,
        "radar": radar(
            ("Modality", "Scale-up", "Regulatory", "Quality"),
            ((LEADER, (830_000, 840_000, 670_000, 720_000)), (SECOND, (880_000, 620_000, None, 760_000))),
        ),
        "history": history_chart(
            ("3 Aug 2026", "1 Sep 2026", "14 Oct 2026", "21 Nov 2026"),
            ((LEADER, (690_000, 720_000, 720_000, 751_000)), (SECOND, (None, 745_000, 742_000, 740_000))),
        ),
        "price": price_chart(offers, [offers[1], offers[0]], "EUR"),
    }  # fmt: skip


def _offer(rank: int, name: str, score: int, price: int, *, on_front: bool) -> PricedCandidate:
    return PricedCandidate(
        candidate_id="", vendor_id="", vendor=name, label="", rank=rank, rank_tied=False, score=Fraction(score, 100),
        score_text=f"{score}.00", price=Price(Fraction(price), "EUR"), on_front=on_front,
    )  # fmt: skip
