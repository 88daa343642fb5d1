"""The REST interface of the scorecards app."""
