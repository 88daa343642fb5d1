"""The scorecards app."""

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    """Criteria sets, programmes, candidates, scorecards, runs and results."""

    name = "scorecards"
