"""Value functions between their definition (TOML, JSON) and the engine's objects."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from scorecards.engine.composite import (
    Computed,
    Deductions,
    Discounted,
    Part,
    PartFunction,
    ValueFunction,
    Weighted,
)
from scorecards.engine.exact import EngineError
from scorecards.engine.value_functions import (
    Fit,
    Linear,
    Lookup,
    Ordinal,
    PiecewiseLinear,
    SetCoverage,
    SuccessRate,
    YesNo,
)
from scorecards.frameworks.model import FrameworkError
from scorecards.frameworks.reader import Table, number_text, to_fraction, to_list


def read_value_function(raw: object, where: str) -> ValueFunction:
    """A value function from its table. Raises FrameworkError that says where and what is wrong."""
    table = Table(raw, where)
    kind = table.text("kind")
    if kind not in _READERS:
        raise FrameworkError(where, f"{kind} is not a kind of value function")
    try:
        function = _READERS[kind](table)
    except FrameworkError:
        raise
    except EngineError as error:
        raise FrameworkError(where, str(error)) from error
    table.done()
    return function


def _piecewise(raw: object, where: str) -> PiecewiseLinear:
    points = []
    for i, item in enumerate(to_list(raw, where)):
        pair = to_list(item, f"{where}[{i}]")
        if len(pair) != 2:
            raise FrameworkError(f"{where}[{i}]", "must be [x, points]")
        points.append((to_fraction(pair[0], f"{where}[{i}]"), to_fraction(pair[1], f"{where}[{i}]")))
    return PiecewiseLinear(tuple(points))


def _scale(table: Table, key: str) -> PiecewiseLinear:
    return _piecewise(table.take(key), f"{table.where}.{key}")


def _ordinal(table: Table) -> Ordinal:
    first = table.integer("first_level", 0)
    points = [to_fraction(raw, f"{table.where}.levels") for raw in table.list_of("levels", required=True)]
    return Ordinal(tuple(enumerate(points, start=first)))


def _part(table: Table) -> Part:
    function = read_value_function(table.take("value"), f"{table.where}.value")
    if not isinstance(function, Linear | PiecewiseLinear | Lookup | SetCoverage):
        raise FrameworkError(table.where, "this kind of value function cannot be a part")
    part = Part(table.text("name"), table.number("share"), function)
    table.done()
    return part


_READERS: Mapping[str, Callable[[Table], ValueFunction]] = {
    "linear": lambda t: Linear(t.number("worst"), t.number("best")),
    "piecewise": lambda t: _scale(t, "points"),
    "fit": lambda t: Fit(_scale(t, "above"), _scale(t, "below")),
    "rubric": _ordinal,
    "yes_no": lambda _: YesNo(),
    "set": lambda _: SetCoverage(),
    "rate": lambda t: SuccessRate(_scale(t, "scale")),
    "lookup": lambda t: Lookup(t.pairs("table", required=True)),
    "deductions": lambda t: Deductions(t.texts("fatal"), t.pairs("per_finding", required=True)),
    "discounted": lambda t: Discounted(_scale(t, "scale"), t.text("condition"), t.number("factor")),
    "weighted": lambda t: Weighted(tuple(_part(part) for part in t.tables("parts", required=True))),
    "computed": lambda t: Computed(t.text("rule"), t.pairs("parameters")),
}


def _points(function: PiecewiseLinear) -> list[list[int | str]]:
    return [[number_text(x), number_text(y)] for x, y in function.points]


def _pairs(pairs: Sequence[tuple[str, Fraction]]) -> list[list[int | str]]:
    return [[name, number_text(number)] for name, number in pairs]


def write_value_function(function: ValueFunction | PartFunction) -> dict[str, Any]:
    """The definition of a value function as JSON without floats; `read_value_function` is its inverse."""
    match function:
        case Linear(worst, best):
            return {"kind": "linear", "worst": number_text(worst), "best": number_text(best)}
        case PiecewiseLinear():
            return {"kind": "piecewise", "points": _points(function)}
        case Fit(above, below):
            return {"kind": "fit", "above": _points(above), "below": _points(below)}
        case Ordinal(levels):
            points = [number_text(worth) for _, worth in levels]
            return {"kind": "rubric", "first_level": levels[0][0], "levels": points}
        case YesNo():
            return {"kind": "yes_no"}
        case SetCoverage():
            return {"kind": "set"}
        case SuccessRate(scale):
            return {"kind": "rate", "scale": _points(scale)}
        case Lookup(table):
            return {"kind": "lookup", "table": _pairs(table)}
        case _:
            return _write_composite(function)


def _write_composite(function: Deductions | Discounted | Weighted | Computed) -> dict[str, Any]:
    match function:
        case Deductions(fatal, per_finding):
            return {"kind": "deductions", "fatal": list(fatal), "per_finding": _pairs(per_finding)}
        case Discounted(scale, condition, factor):
            shown = number_text(factor)
            return {"kind": "discounted", "scale": _points(scale), "condition": condition, "factor": shown}
        case Weighted(parts):
            written = [
                {"name": p.name, "share": number_text(p.share), "value": write_value_function(p.function)}
                for p in parts
            ]
            return {"kind": "weighted", "parts": written}
        case Computed(rule, parameters):
            return {"kind": "computed", "rule": rule, "parameters": _pairs(parameters)}
