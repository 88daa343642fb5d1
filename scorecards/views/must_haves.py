"""Must-haves of one vendor in a few words, the same on every page."""

from collections.abc import Mapping

from scorecards.presentation import GateFigures


def gate_summary(gates: tuple[GateFigures, ...]) -> Mapping[str, str]:
    """ "6 met, 1 failed, 1 unknown": a state for the tag, the words, and the names behind them."""
    met = sum(1 for gate in gates if gate.outcome == "pass" or gate.waived_until)
    failed = [gate.label for gate in gates if gate.outcome == "fail" and not gate.waived_until]
    opened = [
        gate.label for gate in gates if gate.outcome in {"unknown", "conditional"} and not gate.waived_until
    ]
    words = [f"{met} met"] if met else []
    words += [f"{len(failed)} failed"] if failed else []
    words += [f"{len(opened)} unknown"] if opened else []
    state = "bad" if failed else "unknown" if opened else "good" if gates else "plain"
    return {
        "state": state,
        "words": ", ".join(words) or "none set",
        "names": "Failed: " + "; ".join(failed)
        if failed
        else "Unknown: " + "; ".join(opened)
        if opened
        else "",
    }
