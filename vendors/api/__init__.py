"""The REST interface of vendors' data."""
