"""Run every benchmark, or the named ones: python -m bench [recompute …]."""

import subprocess
import sys

BENCHMARKS = ("recompute", "imports", "engine", "matching", "api", "pages")


def main() -> int:
    """Each in a process of its own, so that peak memory is its own."""
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = sorted(set(wanted) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.")
    return max(
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode for name in wanted
    )


if __name__ == "__main__":
    sys.exit(main())
