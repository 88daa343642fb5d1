"""Frozen calculations as documents: what goes in, and how one is checked long afterwards, without a database."""
