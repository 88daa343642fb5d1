"""Benchmarks against limits and rivals, in the same run. Never part of the tests."""
