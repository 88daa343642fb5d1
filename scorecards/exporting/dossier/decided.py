"""The sections of a dossier about what was decided. What was frozen without a decision says so, section by section."""

from collections.abc import Mapping, Sequence
from typing import Any

from scorecards.exporting.dossier import blocks, charts
from scorecards.exporting.dossier.blocks import Block, Value, styled
from scorecards.exporting.dossier.frozen import STATES, Frozen, moment_words

NONE = "This is a calculation by itself, without a shortlist: {what} is not part of the document."
DECIDED = {"keep": "good", "hold": "warn", "drop": "bad"}


def _without(title: str, what: str, *more: Block) -> Block:
    return blocks.section(title, blocks.missing(NONE.format(what=what)), *more)


def decision(frozen: Frozen) -> Block:
    """Who is chosen, why, who disagreed, and what becomes of every candidate of the shortlist."""
    part = frozen.decision
    if part is None:
        return _without("Decision", "a decision")
    shortlist = part["shortlist"]
    found: list[Block] = [
        blocks.facts([
            ("First choice", styled(_name(shortlist.get("primary")), "name")), ("Backup", styled(_name(shortlist.get("backup")), "name")),
            ("Shortlist", shortlist["name"]), ("Owner", shortlist.get("owner") or "–"), ("Stage", part.get("stage") or frozen.content["stage"]),
        ])
    ]  # fmt: skip
    if shortlist.get("reason"):
        found += [blocks.heading("Why"), blocks.quote(shortlist["reason"])]
    dissent = shortlist.get("dissent") or []
    found.append(blocks.heading("Dissent"))
    found += [blocks.quote(f"{one['text']} ({one['by']}, {moment_words(one['at'])})") for one in dissent] or [
        blocks.paragraph("Nobody put a dissent on record.")
    ]
    if shortlist.get("next_steps"):
        found += [blocks.heading("Next steps"), blocks.paragraph(shortlist["next_steps"])]
    rows: list[list[Value]] = [
        [
            str(one["position"]), styled(one["name"], "name"), styled(one["decision"] or "open", DECIDED.get(one["decision"], "unknown")),
            one["reason"], _rank(one.get("rank_when_added")), _rank(one.get("rank_now")), one.get("score") or "unknown",
            f"{one['low']}–{one['high']}" if one.get("low") else "–",
        ]
        for one in shortlist.get("items", [])
    ]  # fmt: skip
    columns = [
        ("", "auto"), ("Candidate", "1.6fr"), ("Decision", "auto"), ("Reason", "2.6fr"), ("Rank when added", "#15mm"), ("Rank now", "#12mm"),
        ("Score", "#auto"), ("Interval", "#auto"),
    ]  # fmt: skip
    if rows:
        found += [blocks.heading("The shortlist"), blocks.table(columns, rows)]
    comments = [
        *shortlist.get("comments", []),
        *(remark for one in shortlist.get("items", []) for remark in one.get("comments", [])),
    ]
    if comments:
        said: list[list[Value]] = [
            [
                moment_words(one["at"]),
                one["by"],
                styled(one.get("vendor") or "the shortlist", "name"),
                one["text"],
            ]
            for one in comments
        ]
        found += [
            blocks.heading("What was said"),
            blocks.table([("When", "auto"), ("Who", "1fr"), ("About", "1fr"), ("What", "3fr")], said),
        ]
    return blocks.section("Decision", *found)


def _name(one: Mapping[str, Any] | None) -> str:
    return one["name"] if one else "nobody"


def _rank(value: int | None) -> str:
    return "–" if value is None else str(value)


def funnel(frozen: Frozen) -> Block:
    """From everybody who was looked at to who is left, with everybody who went out and why."""
    part = frozen.decision
    steps = part["funnel"] if part is not None else _own_funnel(frozen)
    drawn = [(step["title"], step["count"]) for step in steps]
    found: list[Block] = [
        blocks.drawing(charts.funnel(drawn), "; ".join(f"{title}: {count}" for title, count in drawn))
    ]
    for step in steps:
        rows: list[list[Value]] = [[styled(one["name"], "name"), one["reason"]] for one in step["excluded"]]
        if rows:
            found += [
                blocks.heading(f"{step['title']}: {len(rows)} went out"),
                blocks.table([("Candidate", "1fr"), ("Why", "3fr")], rows),
            ]
    if part is None:
        found.insert(
            0, blocks.missing(NONE.format(what="a shortlist") + " This is what the calculation itself says.")
        )
    return blocks.section("From longlist to shortlist", *found)


def _own_funnel(frozen: Frozen) -> list[dict[str, Any]]:
    """The steps that a calculation has without a shortlist."""
    standings = frozen.standings()
    gated = [one for one in standings if one.state == "gated"]
    thin = [one for one in standings if one.state == "insufficient_evidence"]
    return [
        {"title": "Candidates", "count": len(standings), "excluded": []},
        {
            "title": "Meet the must-haves", "count": len(standings) - len(gated),
            "excluded": [{"name": one.name, "reason": _why_gated(one.gates)} for one in gated],
        },
        {
            "title": "Enough evidence: ranked", "count": len(standings) - len(gated) - len(thin),
            "excluded": [{"name": one.name, "reason": f"{STATES[one.state]}: {one.coverage} % answered, {one.verified} % verified"} for one in thin],
        },
    ]  # fmt: skip


def _why_gated(gates: Sequence[Mapping[str, Any]]) -> str:
    missed = [gate for gate in gates if gate["outcome"] != "pass" and not gate.get("waived_until")]
    return (
        "; ".join(f"{gate['label']}: {gate['reason'] or gate['outcome']}" for gate in missed)
        or STATES["gated"]
    )


def firmness(frozen: Frozen) -> Block:
    """How firm first place is: what flips it, and the chances over simulated cases."""
    part = frozen.decision
    if part is None:
        return _without("How firm this is", "a summary of how firm first place is")
    found: list[Block] = [blocks.quote(part["firmness"]["answer"])] if part["firmness"].get("answer") else []
    flips: list[list[Value]] = [
        [
            one["criterion"],
            styled(one["name"], "name"),
            f"{one['weight_now']} %",
            f"{one['weight_at']} %",
            one["sentence"],
        ]
        for one in part["firmness"].get("flips", [])
    ]
    if flips:
        found += [
            blocks.heading("Where first place changes hands"),
            blocks.table(
                [
                    ("Code", "auto"),
                    ("Criterion", "1.4fr"),
                    ("Weight now", "#auto"),
                    ("Flips at", "#auto"),
                    ("In words", "2.6fr"),
                ],
                flips,
            ),
        ]
    else:
        found.append(blocks.paragraph("No single weight costs the first its place."))
    chances = part["firmness"].get("chances", [])
    if chances:
        rows = [(one["name"], _ppm(one["first"]), _ppm(one["top3"])) for one in chances[:20]]
        alt = "; ".join(f"{one['name']}: first in {one['first']} %" for one in chances[:20])
        found += [
            blocks.heading(f"Over {part['firmness']['cases']:,} simulated cases"),
            blocks.drawing(charts.chances(rows), alt),
        ]
    else:
        found.append(blocks.missing("No cases were simulated for this calculation before it was frozen."))
    return blocks.section("How firm this is", *found)


def _ppm(percent: str) -> int:
    whole, _, rest = percent.partition(".")
    return int(whole or 0) * 10_000 + int((rest + "0000")[:4])


def pairs(frozen: Frozen) -> Block | None:
    """Primary and backup together; None where no pair was looked at."""
    part = frozen.decision
    if part is None or not part.get("pair"):
        return None
    rows: list[list[Value]] = [
        [
            str(one["rank"]), styled(one["primary"]["name"], "name"), styled(one["backup"]["name"], "name"), one["base"],
            styled(one["score"], "strong"), f"{one['low']}–{one['high']}",
            "; ".join(f"{each['kind'].replace('_', ' ')} −{each['points']}{'' if each['certain'] else ' (may apply)'}: {each['reason']}" for each in one["penalties"]),
            styled("chosen", "good") if one["chosen"] else "",
        ]
        for one in part["pair"][:20]
    ]  # fmt: skip
    columns = [
        ("", "auto"), ("Primary", "1.2fr"), ("Backup", "1.2fr"), ("Before", "#auto"), ("Score", "#auto"), ("Interval", "#auto"),
        ("Taken off for what both share", "2.4fr"), ("", "auto"),
    ]  # fmt: skip
    return blocks.section("Primary and backup", blocks.table(columns, rows))


def people(frozen: Frozen) -> Block:
    """Who rated, how far they agree, and what everybody declared about conflicts of interest."""
    part = frozen.decision
    if part is None:
        return _without("Evaluators and conflicts of interest", "who rated, and what was declared,")
    evaluators = part["evaluators"]
    found: list[Block] = [
        blocks.paragraph(", ".join(evaluators["names"]) or "Nobody rated criteria for this scorecard.")
    ]
    if evaluators.get("words"):
        found.append(blocks.paragraph(evaluators["words"]))
    figures: list[list[Value]] = [
        [one["code"], one["name"], styled(one["value"], "strong") if one["value"] else styled(one["reason"], "muted")] for one in evaluators.get("figures", [])
    ]  # fmt: skip
    if figures:
        found.append(
            blocks.table(
                [("Code", "auto"), ("Criterion", "2fr"), ("Agreement (Krippendorff α)", "1fr")], figures
            )
        )
    declared: list[list[Value]] = [
        [
            styled(one["person"], "name"),
            styled("a conflict", "warn") if one["conflict"] else "none",
            one["text"],
            moment_words(one["at"]),
        ]
        for one in part.get("conflicts_of_interest", [])
    ]
    found.append(blocks.heading("Conflicts of interest"))
    found.append(
        blocks.table(
            [("Who", "1fr"), ("Declared", "auto"), ("In words", "2.6fr"), ("When", "auto")], declared
        )
        if declared
        else blocks.paragraph("Nobody declared anything.")
    )
    return blocks.section("Evaluators and conflicts of interest", *found)


def locked(frozen: Frozen) -> Block:
    """Whether the weights were locked before scores were seen, and every change since."""
    part = frozen.decision
    if part is None:
        return _without("Changes since the weights were locked", "whether weights were locked")
    lock = part["weights_locked"]
    if not lock.get("locked"):
        text = "The weights were not locked before scores were seen."
        return blocks.section("Changes since the weights were locked", blocks.warning(text))
    found: list[Block] = [
        blocks.facts([("Locked", f"{moment_words(lock['at'])} by {lock['by']}"), ("Digest of the rules", styled(lock["digest"], "mono")), ("Owners of the weights", ", ".join(lock.get("owners", [])) or "–")])
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [
            moment_words(one["at"]), ", ".join(one["by"]), ", ".join(one["parts"]).replace("_", " "),
            styled(f"yes: {', '.join(one['leader_before'])} → {', '.join(one['leader_after'])}", "warn") if one["changes_leader"] else "no",
        ]
        for one in lock.get("changes_since", [])
    ]  # fmt: skip
    found.append(
        blocks.table(
            [("When", "auto"), ("Who", "1fr"), ("What", "1.4fr"), ("First place changed", "1.6fr")], rows
        )
        if rows
        else blocks.paragraph("Nothing was changed since.")
    )
    return blocks.section("Changes since the weights were locked", *found)


def risks(frozen: Frozen) -> Block:
    """Open risks of those kept, and what to ask next."""
    part = frozen.decision
    if part is None:
        return _without("Open risks and questions", "a list of open risks")
    rows: list[list[Value]] = [
        [styled(one["name"], "name"), one["kind"].replace("_", " "), one["subject"], one["text"]]
        for one in part.get("open_risks", [])
    ]
    found: list[Block] = [
        blocks.table([("Candidate", "1.2fr"), ("Kind", "auto"), ("About", "1fr"), ("Risk", "2.8fr")], rows)
        if rows
        else blocks.paragraph("None is on record.")
    ]
    asked: list[list[Value]] = [
        [styled(one["name"], "name"), one["criterion"], one["question"], f"{one['changes_first']} %"]
        for one in part.get("questions", [])
    ]
    if asked:
        found += [
            blocks.heading("What to ask next"),
            blocks.table(
                [
                    ("Candidate", "1.2fr"),
                    ("Criterion", "auto"),
                    ("Question", "3fr"),
                    ("May change first place", "#22mm"),
                ],
                asked,
            ),
        ]
    return blocks.section("Open risks and questions", *found)


def audit(frozen: Frozen) -> Block:
    """The extract of the audit trail."""
    part = frozen.decision
    if part is None:
        return _without("Extract of the audit trail", "an extract of the audit trail")
    rows: list[list[Value]] = [
        [moment_words(one["at"]), one["by"], one["what"], one["reason"]]
        for one in part.get("audit_extract", [])
    ]
    if not rows:
        return blocks.section(
            "Extract of the audit trail", blocks.paragraph("The trail holds nothing about this shortlist.")
        )
    return blocks.section(
        "Extract of the audit trail",
        blocks.table([("When", "auto"), ("Who", "1fr"), ("What", "3fr"), ("Reason", "1.4fr")], rows),
    )
