"""The criterion palette on paper, for drawings that leave the page (PDF, a copied SVG).

On the page the colour comes from the class `k1` to `k12` and follows the theme; these light values are the
fallback `fill` attribute. `static/css/tokens.css` is the source; a test holds the two together.
"""

CRITERION_COLOURS: tuple[str, ...] = (
    "#2063d6",
    "#c98068",
    "#135d3c",
    "#f2509d",
    "#725e00",
    "#5128af",
    "#c0014b",
    "#149694",
    "#364500",
    "#9675ff",
    "#a48622",
    "#76175e",
)


def colour_of_slot(slot: int) -> str:
    """Return the light colour of palette slot 1 to 12. Raises ValueError for any other slot."""
    if not 1 <= slot <= len(CRITERION_COLOURS):
        raise ValueError(f"a palette slot is 1 to {len(CRITERION_COLOURS)}, got {slot}")
    return CRITERION_COLOURS[slot - 1]
