"""Editing a criteria set: which parts of a criterion are judgement and may change, and which are its meaning.

Definitions are the JSON of `to_json`. A criterion's code never changes its meaning: what is asked, of whom, in which
unit and from which source stays; a changed meaning is a new code with `replaces`. What may change are the texts of
levels, the numbers of scales, ages, the items' weights, and whether a criterion counts unless turned on.
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scorecards.frameworks.model import Framework, FrameworkError
from scorecards.frameworks.reader import to_fraction

EDITABLE = (
    "name",
    "note",
    "rubric",
    "value",
    "variants",
    "item_weights",
    "fresh",
    "expire",
    "core",
    "quick",
    "references",
)
"""Parts of a criterion that a new version may change."""
LONGEST_NAME, LONGEST_TEXT = 200, 2000
POINTS = {"piecewise": ("points",), "fit": ("above", "below"), "rate": ("scale",), "discounted": ("scale",)}
NUMBERS = {"linear": ("worst", "best"), "discounted": ("factor",)}
NAMED = {"lookup": "table", "deductions": "per_finding", "computed": "parameters"}
DEEPEST, LARGEST = 12, 10**12
EXPONENT = re.compile(r"[-+]?[0-9._]+[eE][-+]?[0-9_]+")
LABELS = {
    "points": "Points by measured value", "above": "Points by need ÷ largest", "below": "Points by smallest ÷ need",
    "scale": "Points by measured value", "worst": "Worth 0 points at", "best": "Worth 100 points at", "factor": "Factor otherwise",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """One place of a value function that holds a number, or several points "x: y", as a person edits it."""

    path: tuple[str | int, ...]
    label: str
    text: str
    is_points: bool

    @property
    def name(self) -> str:
        """The place as the name of a form field."""
        return "-".join(str(step) for step in self.path)


def numbers_of(
    value: Mapping[str, Any], path: tuple[str | int, ...] = (), label: str = ""
) -> Iterator[Number]:
    """Every number of a value function's definition, in reading order."""
    kind, before = value["kind"], f"{label}: " if label else ""
    for key in NUMBERS.get(kind, ()):
        yield Number((*path, key), before + LABELS[key], str(value[key]), is_points=False)
    for key in POINTS.get(kind, ()):
        lines = "\n".join(f"{x}: {y}" for x, y in value[key])
        yield Number((*path, key), before + LABELS[key], lines, is_points=True)
    if kind in NAMED:
        key = NAMED[kind]
        for at, (name, number) in enumerate(value[key]):
            yield Number((*path, key, at, 1), before + name.replace("_", " "), str(number), is_points=False)
    if kind == "rubric":
        for at, points in enumerate(value["levels"]):
            yield Number(
                (*path, "levels", at),
                f"{before}Points of level {value['first_level'] + at}",
                str(points),
                is_points=False,
            )
    for at, part in enumerate(value.get("parts", ())):
        inside = (*path, "parts", at)
        name = before + part["name"].replace("_", " ")
        yield Number((*inside, "share"), f"{name}: share of the whole", str(part["share"]), is_points=False)
        yield from numbers_of(part["value"], (*inside, "value"), name)


def with_numbers(
    value: Mapping[str, Any], texts: Mapping[tuple[str | int, ...], str], where: str
) -> dict[str, Any]:
    """The definition with these texts in their places. Raises FrameworkError for what is no number."""
    changed: dict[str, Any] = copy.deepcopy(dict(value))
    known = {number.path: number for number in numbers_of(value)}
    for path, text in texts.items():
        if text.strip() == known[path].text.strip():
            continue
        holder: Any = changed
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = _points(text, where) if known[path].is_points else _number(text, where)
    return changed


def _number(text: str, where: str) -> str:
    _check_plain(text, where, 0)
    to_fraction(text.strip(), where)
    return text.strip()


def _points(text: str, where: str) -> list[list[str]]:
    points = []
    for line in (line.strip() for line in text.replace(";", "\n").splitlines()):
        if not line:
            continue
        x, found, y = line.partition(":")
        if not found:
            raise FrameworkError(where, f"{line[:40]!r} is not a measured value, a colon and points")
        points.append([_number(x, where), _number(y, where)])
    return points


def changed_leaf(leaf: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A criterion's definition with the changes. Raises FrameworkError, naming it, for a change of its meaning."""
    code = leaf["code"]
    for name in changes:
        if name not in EDITABLE:
            raise FrameworkError(
                code, f"{name} is part of its meaning, which needs a new code with `replaces`"
            )
    after = {
        **copy.deepcopy(dict(leaf)),
        **{name: value for name, value in changes.items() if name != "item_weights"},
    }
    if "item_weights" in changes:
        after["items"] = _weighed(leaf, changes["item_weights"])
    _check_texts(code, after)
    _check_plain([changes.get(name) for name in ("value", "variants", "item_weights", "references")], code, 0)
    if not isinstance(after["rubric"], list) or len(after["rubric"]) != len(leaf["rubric"]):
        raise FrameworkError(
            code, "another number of levels changes its meaning, which needs a new code with `replaces`"
        )
    if _shape(leaf["value"], code) != _shape(after["value"], code):
        raise FrameworkError(
            code, "another kind of scale changes its meaning, which needs a new code with `replaces`"
        )
    if _variants(leaf, code) != _variants(after, code):
        raise FrameworkError(code, "its scales for special cases can change in their numbers only")
    if _way(leaf["value"]) * _way(after["value"]) < 0:
        raise FrameworkError(
            code, "a scale that is turned around changes its meaning, which needs a new code with `replaces`"
        )
    return after


def _check_texts(code: str, leaf: Mapping[str, Any]) -> None:
    for name, longest in (("name", LONGEST_NAME), ("note", LONGEST_TEXT)):
        if not isinstance(leaf[name], str) or len(leaf[name]) > longest:
            raise FrameworkError(f"{code}.{name}", f"must be text of at most {longest} characters")
    for text in leaf["rubric"] if isinstance(leaf["rubric"], list) else ():
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
            raise FrameworkError(
                f"{code}.rubric", f"every level needs a text of at most {LONGEST_TEXT} characters"
            )


def _check_plain(node: object, code: str, depth: int) -> None:
    """Refuse what no person writes as a number: exponents that take for ever, endless texts and nesting."""
    if depth > DEEPEST:
        raise FrameworkError(code, "is nested too deep")
    if isinstance(node, str) and (len(node) > LONGEST_NAME or EXPONENT.fullmatch(node.strip())):
        raise FrameworkError(code, f"{node[:40]!r} is not written as a plain number")
    if isinstance(node, int) and abs(node) > LARGEST:
        raise FrameworkError(code, "holds a number that is too large")
    inside = (
        list(node.values()) if isinstance(node, Mapping) else node if isinstance(node, list | tuple) else []
    )
    for each in inside:
        _check_plain(each, code, depth + 1)


def _weighed(leaf: Mapping[str, Any], weights: object) -> list[dict[str, Any]]:
    known = {item["code"] for item in leaf["items"]}
    if not isinstance(weights, Mapping) or not known.issuperset(weights):
        raise FrameworkError(
            f"{leaf['code']}.item_weights", f"gives weights of {', '.join(sorted(known)) or 'nothing'}"
        )
    return [{**item, "weight": weights.get(item["code"], item["weight"])} for item in leaf["items"]]


def _shape(value: object, code: str) -> Any:
    """What stays of a value function whatever its numbers: kinds, names, conditions."""
    if not isinstance(value, Mapping) or not isinstance(value.get("kind"), str):
        raise FrameworkError(f"{code}.value", "must be a value function with its kind")
    kind = value["kind"]
    fixed = [value.get(name) for name in ("condition", "rule", "fatal", "first_level")]
    named = _names(value.get(NAMED.get(kind, ""), ()), code)
    levels = len(_listed(value.get("levels", ()), code))
    parts = [
        (part.get("name"), _shape(part.get("value"), code)) if isinstance(part, Mapping) else None
        for part in _listed(value.get("parts", ()), code)
    ]
    return kind, fixed, named, levels, parts


def _names(pairs: object, code: str) -> list[Any]:
    return [pair[0] if isinstance(pair, list | tuple) and pair else None for pair in _listed(pairs, code)]


def _listed(found: object, code: str) -> Sequence[Any]:
    if not isinstance(found, list | tuple):
        raise FrameworkError(f"{code}.value", "must hold lists where its kind has lists")
    return found


def _variants(leaf: Mapping[str, Any], code: str) -> list[Any]:
    return [
        (variant.get("condition"), _shape(variant.get("value"), code))
        if isinstance(variant, Mapping)
        else None
        for variant in _listed(leaf["variants"], code)
    ]


def _way(value: Mapping[str, Any]) -> int:
    """1 where more is better from end to end, -1 where less is, 0 where neither can be said."""
    try:
        if value["kind"] == "linear":
            first, last = to_fraction(value["worst"], "value"), to_fraction(value["best"], "value")
        elif value["kind"] in {"piecewise", "rate"}:
            points = value["points" if value["kind"] == "piecewise" else "scale"]
            first, last = to_fraction(points[0][1], "value"), to_fraction(points[-1][1], "value")
        else:
            return 0
    except (LookupError, TypeError):
        return 0  # the reader of definitions says what is wrong
    return (last > first) - (last < first)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in which a version differs from another. `code` is the group or criterion, "" the whole set."""

    code: str
    what: str
    before: str
    after: str


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs between two definitions of a criteria set, in tree order; the version number aside."""
    found = [Change("", "name", before["name"], after["name"])] if before["name"] != after["name"] else []
    groups = {group["code"]: group for group in before["group"]}
    leaves = {leaf["code"]: leaf for group in before["group"] for leaf in group["leaf"]}
    for group in after["group"]:
        old = groups.get(group["code"])
        if old is not None and old["name"] != group["name"]:
            found.append(Change(group["code"], "name", old["name"], group["name"]))
        for leaf in group["leaf"]:
            was = leaves.get(leaf["code"], {})
            found += [
                Change(leaf["code"], name.replace("_", " "), _said(was.get(name)), _said(leaf[name]))
                for name in leaf
                if was.get(name) != leaf[name]
            ]
    return found


def _said(value: Any) -> str:
    """A part of a definition in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        shown = (
            "; ".join(f"{n.label}: {', '.join(n.text.splitlines())}" for n in numbers_of(value))
            if "kind" in value
            else ""
        )
        return shown or "; ".join(f"{key} {_said(part)}" for key, part in value.items())
    if isinstance(value, list):
        return " · ".join(_said(part) for part in value)
    return "–" if value is None or value == "" else str(value)


def carried_points(before: Framework, after: Framework, points: Mapping[str, str]) -> dict[str, str]:
    """A scorecard's points on another version of its criteria set.

    They stay, except where a criterion was turned on or off: turned off it has none, turned on (from none) the mean of
    its weighted siblings. A group that would be left without any keeps what it has.
    """
    was_core = {leaf.code: leaf.core for leaf in before.leaves}
    carried = {}
    for group in after.groups:
        carried[group.code] = points.get(group.code, "0")
        present = {leaf.code: to_fraction(points.get(leaf.code, "0"), leaf.code) for leaf in group.leaves}
        weighted = [number for number in present.values() if number > 0]
        mean = (
            sum(weighted, to_fraction(0, group.code)) / len(weighted)
            if weighted
            else to_fraction(1, group.code)
        )
        inside = {
            leaf.code: _carried(present[leaf.code], mean, was=was_core.get(leaf.code, False), now=leaf.core)
            for leaf in group.leaves
        }
        carried |= {
            code: str(number) for code, number in (inside if any(inside.values()) else present).items()
        }
    return carried


def _carried(number: Any, mean: Any, *, was: bool, now: bool) -> Any:
    if was and not now:
        return to_fraction(0, "points")
    return mean if now and not was and number == 0 else number
