"""Geometry of every drawing on the pages: pure functions from plain numbers to coordinates.

Nothing here knows Django, a model or the clock. A function returns a frozen dataclass whose coordinates are
already text, so that a template can place them without a locale turning 148.7 into 148,7; the templates under
`templates/components/` do the drawing. Amounts come in as the integers the engine publishes: weights and
contributions in ppb of the whole (they sum to 1,000,000,000), scores and intervals in ppm (0 to 1,000,000).
"""
