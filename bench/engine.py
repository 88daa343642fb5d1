"""How fast is the arithmetic, against what a user would otherwise use and against what the machine can do?

Measured in one run, on one BLAS thread everywhere:

1. score + rank of 5 000 vendors x 62 criteria, beside scikit-criteria and pymcdm on the same matrix: same ranks.
2. Simulated cases: 10 000 x 200 vendors x 40 criteria with fixed cells and the full rank matrix, beside pysensmcda's best
   case on the same weights (the same matrix must come out) and beside the bare product and sort.
3. The same with every cell drawn, beside the bare random numbers, product and sort.
4. 10 000 x 5 000 x 40: expected rank and the first ten, with the peak of memory.

Run: make bench ARGS=engine (or python -m bench.engine; --without-peers leaves the comparison with others out). The peers
are installed into .local/bench-peers from bench/peers.txt; they are no part of the product or of its tests.
"""

import argparse
import os
import subprocess
import tempfile
import venv
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402 - after the number of threads is set
from numpy.typing import NDArray  # noqa: E402

from bench.peers import median_seconds  # noqa: E402
from bench.recompute import peak_megabytes  # noqa: E402
from scorecards.engine.aggregate import STAGE_THRESHOLDS, Stage, aggregate  # noqa: E402
from scorecards.engine.cells import Cells, CellState, Int64Array, MissingPolicy  # noqa: E402
from scorecards.engine.draws import CellModel, Models, WeightModel, draw_weights  # noqa: E402
from scorecards.engine.exact import PPB, PPM  # noqa: E402
from scorecards.engine.ranks import competition_ranks, rank_candidates  # noqa: E402
from scorecards.engine.robustness import Tally, simulate  # noqa: E402

FloatArray = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".local" / "bench-peers"
VENDORS, CRITERIA = 5_000, 62
SMALL, LEAVES, CASES, BLOCK = 200, 40, 10_000, 256
SEED = 20260701


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--without-peers", action="store_true")
    peers = not arguments.parse_args().without_peers
    chance = np.random.default_rng(SEED)
    large, weights = make_cells(chance, VENDORS, CRITERIA), make_weights(chance, CRITERIA)
    small, small_weights = make_cells(chance, SMALL, LEAVES), make_weights(chance, LEAVES)
    uniform = Models(WeightModel.UNIFORM, CellModel.FIXED)
    drawn = draw_weights(small_weights, groups(LEAVES), uniform, draws=CASES, seed=SEED)
    held, shares = large.point.astype(np.float64), weights.astype(np.float64)
    ours, ranks = median_seconds(lambda: score_and_rank(held, shares))
    whole, _ = median_seconds(lambda: calculate(large, weights))
    fixed, tally = median_seconds(lambda: run(small, small_weights, uniform, drawn))
    floor, _ = median_seconds(lambda: product_and_sort(small.point.astype(np.float64), drawn))
    say(f"score + rank, {VENDORS} vendors x {CRITERIA} criteria", ours)
    say("  all a calculation adds up: intervals, coverage, groups, possible ranks too", whole)
    if peers:
        compare(large, weights, small, drawn, ours, ranks, fixed, tally)
    say(f"simulated cases, {CASES} x {SMALL} x {LEAVES}, fixed cells, full rank matrix", fixed)
    say("  bare product and sort", floor, fixed / floor)
    everything = Models(WeightModel.UNIFORM, CellModel.INTERVAL)
    every, _ = median_seconds(lambda: run(small, small_weights, everything, drawn))
    bare, _ = median_seconds(lambda: numbers_product_and_sort(small, drawn))
    say("  every cell drawn", every)
    say("  bare random numbers, product and sort", bare, every / bare)
    wide, before = make_cells(chance, VENDORS, LEAVES), peak_megabytes()
    seconds, _ = median_seconds(lambda: run(wide, small_weights, uniform, drawn), repeats=1)
    say(f"simulated cases, {CASES} x {VENDORS} x {LEAVES}, first ten and expected rank", seconds)
    print(f"  peak memory of this process {peak_megabytes():.0f} MB (before {before:.0f} MB)")


def say(what: str, seconds: float, ratio: float | None = None) -> None:
    """One line."""
    print(f"{what:<78} {seconds * 1000:9.1f} ms" + ("" if ratio is None else f"   {ratio:5.1f} x"))


def make_cells(chance: np.random.Generator, vendors: int, criteria: int) -> Cells:
    """Known cells around which the interval is open to both sides."""
    point = chance.integers(0, PPM + 1, (vendors, criteria))
    low, high = (np.clip(point + shift, 0, PPM) for shift in (-150_000, 150_000))
    full = np.full(point.shape, PPM, dtype=np.int64)
    return Cells(low, point, high, full, full, full, np.full(point.shape, CellState.KNOWN, dtype=np.uint8))


def make_weights(chance: np.random.Generator, criteria: int) -> Int64Array:
    """Weights in ppb that sum to exactly one billion."""
    weights = np.floor(chance.dirichlet(np.ones(criteria)) * PPB).astype(np.int64)
    weights[0] += PPB - int(weights.sum())
    return weights


def groups(criteria: int) -> list[int]:
    """One group: the peers know no tree."""
    return [0] * criteria


def score_and_rank(values: FloatArray, weights: FloatArray) -> Int64Array:
    """What the peers do: exact scores of finished values, and competition ranks."""
    return competition_ranks((values @ weights).astype(np.int64), np.ones(len(values), dtype=np.bool_))[0]


def calculate(cells: Cells, weights: Int64Array) -> Int64Array:
    """All of what a calculation computes: score, interval, coverage, groups, rank, best and worst rank."""
    scores = aggregate(cells, weights, groups(len(weights)), policy=MissingPolicy.NEUTRAL)
    nobody = np.zeros(len(scores.numerator), dtype=np.bool_)
    return rank_candidates(scores, thresholds=STAGE_THRESHOLDS[Stage.SCREEN], gated=nobody).rank


def run(cells: Cells, weights: Int64Array, models: Models, drawn: FloatArray) -> Tally:
    """Simulated cases over given weights."""
    names = [f"candidate {i}" for i in range(len(cells.low))]
    return simulate(
        cells,
        weights,
        groups(len(weights)),
        names=names,
        seed=SEED,
        models=models,
        draws=CASES,
        drawn=drawn,
        pairs=0,
    )


def product_and_sort(values: FloatArray, drawn: FloatArray) -> None:
    """The least that anybody does: score every case and sort each."""
    for start in range(0, len(drawn), BLOCK):
        scores = drawn[start : start + BLOCK] @ values.T
        scores.sort(axis=1)


def numbers_product_and_sort(cells: Cells, drawn: FloatArray) -> None:
    """The least with every cell drawn: as many random numbers, scaled, weighed, sorted."""
    chance = np.random.Generator(np.random.Philox(SEED))
    low, span = cells.low.astype(np.float32), (cells.high - cells.low).astype(np.float32)
    scores = np.empty((BLOCK, len(low)), dtype=np.float32)
    for start in range(0, len(drawn), BLOCK):
        block = drawn[start : start + BLOCK].astype(np.float32)
        for case, weights in enumerate(block):
            scores[case] = (low + span * chance.random(span.shape, dtype=np.float32)) @ weights
        scores[: len(block)].sort(axis=1)


def compare(
    large: Cells, weights: Int64Array, small: Cells, drawn: FloatArray, ours: float, ranks: Int64Array, fixed: float, tally: Tally
) -> None:  # fmt: skip
    """Run the peers on the same numbers in their environment, and check that they agree."""
    python = environment()
    with tempfile.TemporaryDirectory() as folder:
        given, answers = Path(folder) / "given.npz", Path(folder) / "answers.npz"
        np.savez(given, matrix=large.point / PPM, weights=weights / PPB, small=small.point / PPM, drawn=drawn)
        subprocess.run([python, str(ROOT / "bench" / "peers.py"), str(given), str(answers)], check=True)
        found = np.load(answers)
        for name in ("skcriteria", "pymcdm"):
            seconds, theirs = float(found[f"{name}_seconds"]), found[f"{name}_ranks"]
            same = bool((theirs.astype(np.int64) == ranks).all())
            say(f"  {name}, ranks {'the same' if same else 'DIFFER'}", seconds, seconds / ours)
        seconds, shares = float(found["pysensmcda_seconds"]), found["pysensmcda_shares"]
        same = bool(np.allclose(shares, tally.shares, rtol=0, atol=0.5 / CASES))
        say(
            f"  pysensmcda's best case, rank matrix {'the same' if same else 'DIFFERS'}",
            seconds,
            seconds / fixed,
        )


def environment() -> str:
    """The peers' Python; made on first use."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
        subprocess.run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                str(ROOT / "bench" / "peers.txt"),
            ],
            check=True,
        )
    return str(python)


if __name__ == "__main__":
    main()
