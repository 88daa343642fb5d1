"""Kinds of file about scorecards: ratings, proposals with their lines, exchange rates."""
