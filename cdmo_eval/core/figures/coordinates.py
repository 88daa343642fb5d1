"""Numbers as SVG wants them: at most one decimal, no trailing zero, never a locale's comma."""


def coordinate(value: float) -> str:
    """Return `value` rounded to a tenth, as text for an SVG attribute."""
    text = f"{value:.1f}"
    return "0" if text in {"-0.0", "0.0"} else text.removesuffix(".0")
