"""A demo organisation of entirely fictional vendors, with something to see on every page."""
