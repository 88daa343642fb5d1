"""How fast is a recompute, database to database, under row-level security?

Two figures, each measured in this run on this machine:

1. All scorecards of one organisation (5 000 vendors × 62 leaves × 20 scorecards) from kept cells to published rows, beside
   one SQL statement per scorecard that makes the same columns into tables with the same walls, indexes and fill factor. It
   is measured twice: from the stored cells as they are stored, packed, which is what somebody who writes that statement
   has; and from the same cells as plain rows, which were unpacked beforehand at no charge and take 2.5 times the room.
   Neither rival works out best and worst ranks, digests, names inside ties or what changed, nor keeps a run; ours does.
   Ours and theirs take turns scorecard by scorecard, so that a busy machine slows all alike; the figures are compared.
2. One evidence edit on a scorecard with 5 000 vendors: from commit to published.

Run: make bench (or python -m bench.recompute). Prints times, the ratio and the peak memory of the work.
"""

import argparse
import statistics
from datetime import UTC, datetime
from pathlib import Path

from bench.servers import own_servers

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--vendors", type=int, default=5000)
    arguments.add_argument("--scorecards", type=int, default=20)
    arguments.add_argument("--edits", type=int, default=30)
    options = arguments.parse_args()
    with own_servers():
        measure(options.vendors, options.scorecards, options.edits)


def measure(vendors: int, scorecards: int, edits: int) -> None:
    """Set the stage, then the two measurements."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench import stage

    organization, ids = stage.build(vendors=vendors, scorecards=scorecards, now=NOW)
    print(
        f"{vendors} vendors x {stage.LEAVES} leaves x {scorecards} scorecards, cells to published rows, seconds"
    )
    for title in ("first publication", "after new weights"):
        if title != "first publication":
            stage.new_weights(organization, ids, now=NOW)
        ours, memory, theirs = 0.0, 0.0, dict.fromkeys(stage.RIVALS, 0.0)
        for scorecard_id in ids:
            forget_peak()
            ours += stage.publish_one(scorecard_id, now=NOW)
            memory = max(memory, peak_megabytes())
            for rival in theirs:
                theirs[rival] += stage.one_statement(organization, scorecard_id, rival)
        told = "   ".join(
            f"one statement each, from {name} {s:6.2f} (ratio {s / ours:4.1f})" for name, s in theirs.items()
        )
        print(f"  {title}   ours {ours:6.2f}   {told}   peak memory {memory:.0f} MB")
        print(f"  {'':17}   the same figures: {stage.same_figures(organization)}")
    seconds = stage.single_edits(organization, ids[0], edits=edits)
    ordered = sorted(seconds)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(
        f"one evidence edit, {vendors} vendors, commit to published: median {statistics.median(seconds) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms ({edits} edits)"
    )


def forget_peak() -> None:
    """Begin to count the process's largest resident size anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes() -> float:
    """The process's largest resident size since then."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
