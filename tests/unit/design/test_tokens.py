"""The colours keep their promises: contrast of text and states, distance of the criterion palette."""

from itertools import combinations, pairwise

import pytest

from cdmo_eval.core.figures.palette import CRITERION_COLOURS
from tests.unit.design.colour import VISIONS, contrast, distance, seen, tokens

THEMES = ("light", "dark")
GROUNDS = ("paper", "surface", "sunken")
SLOTS = range(1, 13)


def palette(theme: str) -> list[str]:
    return [tokens(theme)[f"k{slot}"] for slot in SLOTS]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", ["ink", "ink-2", "ink-3", "accent", "good", "warn", "bad", "unknown"])
def test_text_contrast_is_at_least_4_5(theme: str, ground: str, text: str) -> None:
    colours = tokens(theme)

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", ["good", "warn", "bad", "unknown"])
def test_state_on_its_soft_fill_has_contrast_of_at_least_5(theme: str, state: str) -> None:
    colours = tokens(theme)

    assert contrast(colours[state], colours[f"{state}-soft"]) >= 5.0


@pytest.mark.parametrize("theme", THEMES)
def test_button_text_has_contrast_of_at_least_4_5(theme: str) -> None:
    colours = tokens(theme)

    assert contrast(colours["accent-ink"], colours["accent"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("edge", ["control", "focus"])
def test_control_border_and_focus_ring_have_contrast_of_at_least_3(
    theme: str, ground: str, edge: str
) -> None:
    colours = tokens(theme)

    assert contrast(colours[edge], colours[ground]) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_criterion_colours_stand_out_from_the_surface(theme: str) -> None:
    surface = tokens(theme)["surface"]

    assert min(contrast(colour, surface) for colour in palette(theme)) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", list(VISIONS))
def test_neighbouring_criterion_colours_are_far_apart(theme: str, vision: str) -> None:
    labs = [seen(colour, vision) for colour in palette(theme)]

    assert min(distance(a, b) for a, b in pairwise(labs)) >= 20.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", list(VISIONS))
def test_any_two_criterion_colours_differ(theme: str, vision: str) -> None:
    labs = [seen(colour, vision) for colour in palette(theme)]

    assert min(distance(a, b) for a, b in combinations(labs, 2)) >= 9.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("shade", "text"),
    [("h1", "ink"), ("h2", "ink"), ("h3", "h-low-ink"), ("h4", "h-high-ink"), ("h5", "h-high-ink")],
)
def test_number_in_a_heat_cell_has_contrast_of_at_least_4_5(theme: str, shade: str, text: str) -> None:
    colours = tokens(theme)

    assert contrast(colours[text], colours[shade]) >= 4.5


def test_fallback_fills_are_the_light_palette() -> None:
    assert list(CRITERION_COLOURS) == palette("light")


def test_distance_agrees_with_a_published_pair() -> None:
    # Sharma, Wu, Dalal 2005, table 1, pairs 1 and 25.
    assert round(distance((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485)), 4) == 2.0425
    assert round(distance((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)), 4) == 1.2644
