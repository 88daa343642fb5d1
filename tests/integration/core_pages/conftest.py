"""Signed-in browsers for core's own pages."""

from tests.integration.vendors_pages.conftest import client, in_team, queries, vendor

__all__ = ["client", "in_team", "queries", "vendor"]
