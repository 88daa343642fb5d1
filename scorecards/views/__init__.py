"""Pages of the scorecards app: input, policy, one call, output."""
