"""Made-up calls against the running interface: schemathesis with all its checks, a token of each role. `make fuzz`.

The cases come from the document that the server serves. Any 5xx, any answer that is not as the document says, anything
accepted that it forbids, is a failure.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdmo_eval.embedded import EmbeddedServers
from tests.support.product import Product

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EVERYTHING = ("read", "write", "commercial:read", "commercial:write")
ROLES = {"manager": EVERYTHING, "procurement": EVERYTHING, "evaluator": EVERYTHING, "viewer": EVERYTHING,
         "quality": (*EVERYTHING, "audit:read"), "admin": (*EVERYTHING, "audit:read")}  # fmt: skip
"""Auditors have no tokens."""
FEWEST = 2000
PHASES = ("coverage,fuzzing", "stateful")
"""Each of them with its own time: whatever comes first would use it all up."""


@dataclass(frozen=True)
class Outcome:
    """What a run found. `told` is its own account."""

    cases: int
    operations: int
    failures: list[dict[str, Any]]
    told: str


def run(product: Product, role: str, *, seconds: int, seed: int, phases: str) -> Outcome:
    """Ask for so many seconds as the demo's member of a role. Raises RuntimeError when the tool itself fails."""
    token = product.token(f"{role}@demo.example", *ROLES[role])
    report = product.folder / f"fuzz-{role}.json"
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(CONFIGURATION), "run",
        f"{product.address}/api/schema/", "--header", f"Authorization: Bearer {token}", "--checks", "all", "--phases", phases,
        "--max-time", str(seconds), "--seed", str(seed), "--continue-on-failure", "--no-shrink", "--no-color", "--report", "json",
        "--report-json-path", str(report), "--generation-database", "none",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=product.folder, capture_output=True, text=True, check=False, timeout=seconds + 600,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    if not report.exists():
        raise RuntimeError(done.stdout[-3000:] + done.stderr[-3000:])
    found = json.loads(report.read_text())
    return Outcome(
        cases=found["test_cases"]["generated"], operations=found["operations"]["tested"],
        failures=[*found["failures"], *found["errors"]], told=done.stdout,
    )  # fmt: skip


def main() -> int:
    """Every role in turn on one server with demo data; 1 when anything was found or too little was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds",
        type=int,
        default=60,
        help="for each role, and for each of: single calls, calls that follow from others",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", default=",".join(ROLES))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cdmo-fuzz-"))
    folder.chmod(0o755)
    servers = EmbeddedServers(folder, durable=False)
    product = Product(folder, {}, web_workers=2)
    cases, failed = 0, 0
    try:
        servers.start().export()
        product.manage("migrate", "--verbosity=0")
        product.manage("demo")
        product.start("web", "reconcile")
        for role, phases in itertools.product(options.roles.split(","), PHASES):
            outcome = run(product, role, seconds=options.seconds, seed=options.seed, phases=phases)
            cases, failed = cases + outcome.cases, failed + len(outcome.failures)
            sys.stdout.write(
                f"{role}, {phases}: {outcome.cases} cases, {outcome.operations} operations, {len(outcome.failures)} failures\n"
            )
            if outcome.failures:
                sys.stdout.write(outcome.told)
            sys.stdout.flush()
        sys.stdout.write(f"{cases} cases in all, {failed} kinds of failure\n")
    finally:
        product.stop()
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(servers.home, ignore_errors=True)
    return int(failed > 0 or cases < FEWEST)


if __name__ == "__main__":
    sys.exit(main())
