"""The scorecards app's tables."""
