"""The sections of a dossier that every frozen calculation has: ranking, weights, must-haves, evidence, versions."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB, PPM
from scorecards.exporting.dossier import blocks, charts
from scorecards.exporting.dossier.blocks import Block, Value, styled
from scorecards.exporting.dossier.frozen import (
    STATES,
    Frozen,
    Standing,
    day_words,
    moment_words,
    name_of,
    points_text,
    weight_text,
)
from vendors.facts import FACTS

MOST_DRAWN = 15
POLICIES = {
    "conservative": "worst case",
    "neutral": "unknowns count half",
    "known_only": "only what is known",
}


def palette(frozen: Frozen) -> list[tuple[str, str, int]]:
    """The groups (code, name, slot of the palette) in their order."""
    return [
        (group["code"], group["name"], min(number, 12))
        for number, group in enumerate(frozen.content["groups"], start=1)
    ]


def ranking(frozen: Frozen) -> Block:
    """Every candidate, ranked or not, and a drawing of the first."""
    standings = frozen.standings()
    drawn = [one for one in standings if one.score_exact is not None][:MOST_DRAWN]
    found = [
        blocks.paragraph(
            f"{sum(one.rank is not None for one in standings)} of {len(standings)} candidates are ranked. A score runs from 0 to 100: "
            f"the sum over all criteria of weight × value. Missing answers: {POLICIES.get(frozen.content['policy'], frozen.content['policy'])}."
        )
    ]  # fmt: skip
    if drawn:
        alt = "; ".join(f"{one.rank_label} {one.name} {one.score}" for one in drawn)
        found.append(blocks.drawing(charts.ranking_bars(drawn, palette(frozen)), alt))
        found.append(
            blocks.note(
                "The line below a bar is the interval: how far the score may move with what is not known or only claimed."
            )
        )
    columns = [
        ("Rank", "#auto"), ("Candidate", "2.4fr"), ("State", "1.6fr"), ("Score", "#auto"), ("Interval", "#auto"), ("Answered", "#auto"),
        ("Verified", "#auto"), ("Must-haves", "1.5fr"),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [
            one.rank_label, styled(one.name, "name"), STATES.get(one.state, one.state), styled(one.score or "unknown", "strong"),
            f"{one.low}–{one.high}", f"{one.coverage} %", f"{one.verified} %", _gates(one),
        ]
        for one in standings
    ]  # fmt: skip
    return blocks.section("Ranking", *found, blocks.table(columns, rows), *_groups(frozen, standings))


def _gates(one: Standing) -> Value:
    said = [f"{one.met} met"]
    said += [f"{one.failed} failed"] if one.failed else []
    said += [f"{one.open} unknown"] if one.open else []
    return styled(", ".join(said), "bad" if one.failed else "warn" if one.open else "good")


def _groups(frozen: Frozen, standings: list[Standing]) -> list[Block]:
    """What each group of criteria contributes, for those drawn."""
    shown = [one for one in standings if one.rank is not None][:MOST_DRAWN]
    if not shown:
        return []
    codes = [code for code, _, _ in palette(frozen)]
    rows: list[list[Value]] = [
        [styled(one.name, "name"), *(percent_text(points, one.denominator) if one.denominator else "–" for points in one.contributions), styled(one.score, "strong")]
        for one in shown
    ]  # fmt: skip
    columns = [("Contribution in points", "2fr"), *((code, "#auto") for code in codes), ("Score", "#auto")]
    return [blocks.heading("What carries the scores"), blocks.table(columns, rows)]


def weights(frozen: Frozen) -> Block:
    """The weight of every group and criterion."""
    content = frozen.content
    names, points, ppb = frozen.leaf_names(), content["scorecard"]["points"], content["weights"]
    sums = [(code, name, slot, sum(ppb[leaf] for leaf in group["leaves"])) for (code, name, slot), group in zip(palette(frozen), content["groups"], strict=True)]  # fmt: skip
    bars = [(code, name, slot, total, weight_text(total)) for code, name, slot, total in sums]
    rows: list[list[Value]] = []
    for (code, name, _, total), group in zip(sums, content["groups"], strict=True):
        rows.append(
            [
                styled(code, "strong"),
                styled(name, "name"),
                _points(points.get(code)),
                styled(f"{weight_text(total)} %", "strong"),
                "",
            ]
        )
        for leaf in group["leaves"]:
            reason = content["not_applicable"].get(leaf, "")
            rows.append(
                [leaf, names.get(leaf, ""), _points(points.get(leaf)), f"{weight_text(ppb[leaf])} %", reason]
            )
    rows.append(
        ["", "Sum of all criteria", "", styled(f"{percent_text(sum(ppb.values()), PPB)} %", "strong"), ""]
    )
    alt = "; ".join(f"{code} {shown} %" for code, _, _, _, shown in bars)
    return blocks.section(
        "Weights",
        blocks.drawing(charts.weight_bars(bars), alt),
        blocks.table([("Code", "auto"), ("Criterion", "2.4fr"), ("Points", "#auto"), ("Weight", "#auto"), ("Does not apply because", "2fr")], rows),
    )  # fmt: skip


def _points(text: str | None) -> str:
    return "" if text is None else points_text(text)


def must_haves(frozen: Frozen) -> Block:
    """The rules, who does not meet them and why, and what was waived by whom."""
    content = frozen.content
    rules: list[list[Value]] = [
        [one["code"], one["label"], f"{one['subject']} {one['operator']} {one['value']}" if one["subject"] else "built in", "yes" if one["waivable"] else "no"]
        for one in content["must_haves"]
    ]  # fmt: skip
    found: list[Block] = []
    if rules:
        found.append(
            blocks.table(
                [("Code", "auto"), ("Must-have", "2fr"), ("Rule", "2fr"), ("May be waived", "auto")], rules
            )
        )
    else:
        found.append(blocks.missing("This scorecard has no must-haves."))
    open_: list[list[Value]] = [
        [styled(name_of(one), "name"), gate["label"], _outcome(gate), gate["reason"]]
        for one in content["candidates"]
        for gate in one["must_haves"]
        if gate["outcome"] != "pass"
    ]
    found.append(blocks.heading("Not met"))
    if open_:
        found.append(
            blocks.table(
                [("Candidate", "1.3fr"), ("Must-have", "1.5fr"), ("Outcome", "auto"), ("Reason", "2.4fr")],
                open_,
            )
        )
    else:
        found.append(blocks.paragraph("Every candidate meets every must-have."))
    names = {one["id"]: name_of(one) for one in content["candidates"]}
    waivers: list[list[Value]] = [
        [styled(names.get(one["candidate"], one["candidate"]), "name"), one["must_have"], one["text"], day_words(one["expires_on"]), one["requested_by"], one["approved_by"]]
        for one in content["waivers"]
    ]  # fmt: skip
    found.append(blocks.heading("Waivers"))
    if waivers:
        columns = [
            ("Candidate", "1.2fr"),
            ("Must-have", "auto"),
            ("Why it may be waived", "2fr"),
            ("Until", "auto"),
            ("Asked for by", "1fr"),
            ("Approved by", "1fr"),
        ]
        found.append(blocks.table(columns, waivers))
    else:
        found.append(blocks.paragraph("None of them was waived."))
    return blocks.section("Must-haves and waivers", *found)


def _outcome(gate: Mapping[str, Any]) -> Value:
    if gate.get("waived_until"):
        return styled(f"waived until {day_words(gate['waived_until'])}", "warn")
    return styled("failed", "bad") if gate["outcome"] == "fail" else styled("unknown", "unknown")


def sources(frozen: Frozen) -> Block:
    """How old what is known is: when records were obtained, by source; what official records and lists were read."""
    records = frozen.content["evidence"]
    found: list[Block] = [
        blocks.paragraph(
            f"Everything was judged as of {day_words(frozen.run['as_of'])}; the calculation ran on {moment_words(frozen.run['computed_at'])}. "
            "No record found is never a clean record."
        )
    ]  # fmt: skip
    kinds: dict[str, list[str]] = {}
    for record in records:
        kinds.setdefault(record.get("source_kind") or "not said", []).append(record["obtained_on"])
    rows: list[list[Value]] = [
        [kind.replace("_", " "), str(len(days)), day_words(min(days)), day_words(max(days))]
        for kind, days in sorted(kinds.items())
    ]
    if rows:
        found.append(
            blocks.table(
                [
                    ("Source", "2fr"),
                    ("Records", "#auto"),
                    ("Oldest obtained", "auto"),
                    ("Newest obtained", "auto"),
                ],
                rows,
            )
        )
    official = Counter(
        reference
        for one in frozen.content["candidates"]
        for cell in one["cells"].values()
        for reference in cell["references"]
    )
    if official:
        found.append(blocks.heading("Official records and screenings that values rest on"))
        lines: list[list[Value]] = [[name, str(count)] for name, count in sorted(official.items())]
        found.append(blocks.table([("Reference", "1fr"), ("Values that rest on it", "#auto")], lines))
    return blocks.section("Sources and screening dates", *found)


def evidence(frozen: Frozen) -> Block:
    """Every record that any value rests on, with its digest and who reviewed it."""
    records = frozen.content["evidence"]
    if not records:
        return blocks.section(
            "Evidence", blocks.missing("No value of this calculation rests on a record of evidence.")
        )
    rows: list[list[Value]] = [
        [
            styled(record.get("vendor") or "", "name"), _fact(record["target"]), record["claim_type"], record["grade"],
            day_words(record["obtained_on"]), _reviewer(record), record.get("source") or "",
        ]
        for record in records
    ]  # fmt: skip
    columns = [
        ("Vendor", "1.3fr"), ("Fact", "1.5fr"), ("Claimed or verified", "17mm"), ("Grade", "auto"), ("Obtained", "auto"), ("Reviewed", "1.1fr"),
        ("Source", "1.3fr"),
    ]  # fmt: skip
    return blocks.section(
        "Evidence",
        blocks.paragraph(
            f"{len(records)} records. Below each: the SHA-256 of what it says, how well it is known and where from; then of its file."
        ),
        blocks.table(columns, rows, [_digest(record) for record in records]),
    )


def _reviewer(record: Mapping[str, Any]) -> Value:
    if not record.get("reviewed_by"):
        return styled("not reviewed", "muted")
    return (
        f"{record['reviewed_by']}, {day_words(record['reviewed_on'])}"
        if record.get("reviewed_on")
        else record["reviewed_by"]
    )


def _digest(record: Mapping[str, Any]) -> str:
    file = record.get("file")
    return f"{record['digest']} {file['sha256']}" if file else str(record["digest"])


def _fact(target: str) -> Value:
    """What a record is about, in words; a criterion by its code."""
    return FACTS[target].label if target in FACTS else styled(target, "code")


def versions(frozen: Frozen) -> Block:
    """What produced the figures."""
    content, run = frozen.content, frozen.run
    used = content["framework"]["definition"]
    rows: list[tuple[str, Value]] = [
        ("Document", content["format"]), ("Calculation", f"{run['number']} ({run['id']})"), ("Engine", run["engine_version"]),
        ("Criteria set", f"{used['code']} {used['version']}"), ("Digest of it", styled(content["framework"]["digest"], "mono")), ("Input digest", styled(run["input_digest"], "mono")),
        ("Output digest", styled(run["output_digest"], "mono")), ("Stage", content["stage"]), ("Missing answers", POLICIES.get(content["policy"], content["policy"])),
        *(
            (title, f"{percent_text(content['thresholds'][name], PPM)} % of the weight")
            for title, name in (("Least answered", "coverage"), ("Least verified", "verified"))
        ),
    ]  # fmt: skip
    frozen_by = (frozen.decision or {}).get("versions", {}).get("engine", run["engine_version"])
    if frozen_by != run["engine_version"]:
        rows.append(("Frozen by engine", str(frozen_by)))
    return blocks.section("Versions", blocks.facts(rows))


def signatures(frozen: Frozen) -> Block:
    """Who signed, in which meaning, when, over which digest."""
    rows: list[list[Value]] = [
        [
            styled(one.meaning.replace("_", " "), "strong"), styled(one.name, "name"), moment_words(one.at),
            one.details.get("proof", "").replace("_", " "), styled("this document", "good") if one.digest == frozen.digest else styled("another document", "bad"),
        ]
        for one in frozen.signatures
    ]  # fmt: skip
    found: list[Block] = []
    if rows:
        found.append(
            blocks.table(
                [
                    ("Meaning", "auto"),
                    ("Printed name", "1.4fr"),
                    ("Signed", "auto"),
                    ("Identity proved by", "1fr"),
                    ("Signs", "auto"),
                ],
                rows,
            )
        )
        declared: list[list[Value]] = [
            [styled(one.name, "name"), one.details["declaration"]]
            for one in frozen.signatures
            if one.details.get("declaration")
        ]
        if declared:
            found.append(blocks.table([("Printed name", "1fr"), ("Declared when signing", "3fr")], declared))
    else:
        found.append(blocks.missing("Nobody has signed this document."))
    found.append(blocks.facts([
        ("Signed content", "the canonical JSON of the frozen document (RFC 8785)"), ("SHA-256", styled(frozen.digest, "mono")),
        ("Exported" if frozen.exported else "Frozen", f"{moment_words(frozen.frozen_at)} by {frozen.frozen_by}"), ("Kept for", frozen.reason or "–"),
    ]))  # fmt: skip
    found.append(
        blocks.note(
            "Designed to support 21 CFR Part 11 and EU GMP Annex 11. The package dossier.zip holds the document itself and a script that checks it offline."
        )
    )
    return blocks.section("Signatures and digest", *found)
