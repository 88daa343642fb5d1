"""What people fill in on the pages of the scorecards app. Shape only: the rules are those of the services."""
