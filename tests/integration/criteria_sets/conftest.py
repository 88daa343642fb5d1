"""A scorecard that was calculated, and callers."""

from tests.integration.scorecards_api.conftest import api, quality, ranked, stranger, viewer

__all__ = ["api", "quality", "ranked", "stranger", "viewer"]
