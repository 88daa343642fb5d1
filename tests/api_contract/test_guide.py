"""The examples of docs/api.md, run as they stand against the running product."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.product import Product
from tests.support.programs import program_or_skip
from tests.support.repository import ROOT

# the migrated database that the product's own is copied from; each example takes the first scorecard of the list
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calculated")]

GUIDE = ROOT / "docs" / "api.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The examples of one language, in order."""
    return [content for found, content in BLOCK.findall(GUIDE.read_text()) if found == language]


def environment(product: Product, token: str) -> dict[str, str]:
    """What the guide asks a reader to set."""
    return os.environ | {"CDMO": f"{product.address}/api/v1", "TOKEN": token}


def test_python_examples_run_one_after_the_other(product: Product, manager: str, tmp_path: Path) -> None:
    program = tmp_path / "guide.py"
    program.write_text("\n\n".join(blocks("python")))

    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)], env=environment(product, manager), capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3  # the three rows that the first example prints


def test_shell_examples_run_one_after_the_other(product: Product, manager: str) -> None:
    program_or_skip("curl")

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh"))], env=environment(product, manager), capture_output=True,
        text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().splitlines()[-1].startswith('{"scorecard_id":')
