"""Programs of the system that some tests need: without one they say so and are skipped."""

import shutil
import warnings

import pytest


def program_or_skip(*names: str) -> str:
    """The path of the first program that is installed; otherwise the test is skipped, loudly."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    words = f"{' or '.join(names)} is not installed: this test was SKIPPED, and nothing says that its file is right"
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(words, stacklevel=2)
    pytest.skip(words)
