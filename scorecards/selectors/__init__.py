"""Named reads of the scorecards app, each complete for its screen."""
