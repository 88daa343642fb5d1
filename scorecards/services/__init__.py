"""Writes of the scorecards app, one module a subject."""
