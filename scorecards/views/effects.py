"""What a draft of the builder would change: who leads, who moves, in words, before anything is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Actor
from scorecards.forms.builder import ArchetypeForm, RulesForm, VendorsForm, WeightsForm, shown_points
from scorecards.forms.must_haves import GatesForm
from scorecards.frameworks import load_gates
from scorecards.frameworks.scales import names_of
from scorecards.models import Scorecard, ScorecardGate
from scorecards.selectors.criteria import criteria_of
from scorecards.services.scorecards import as_text, find_archetype
from scorecards.services.what_if import Change, WhatIf, what_if
from scorecards.views.firmness import compared

ROWS = 8
NAMES = 6
LATER = "This needs a new calculation, which starts when you save. The ranking then shows what moved."


@dataclass
class Effect:
    """What would change in the settings, and in the ranking where that can be added up at once."""

    changes: list[str] = field(default_factory=list)
    note: str = ""
    answer: str = ""
    moved: int = 0
    rows: Sequence[dict[str, Any]] = ()

    @property
    def nothing(self) -> bool:
        """Whether saving would change nothing."""
        return not self.changes


def effect_of(scorecard: Scorecard, form: Any, *, by: Actor, now: datetime) -> Effect:
    """What saving a valid form would change. What cannot be added up at once is said in `note`."""
    effect = Effect()
    change = _change(scorecard, form, effect)
    if effect.nothing or not change:
        return effect
    try:
        found = what_if(scorecard=scorecard, change=change, by=by, now=now)
    except DomainError as error:
        effect.note = effect.note or error.message
        return effect
    shown = [
        row for row in compared(found) if row["changed"] or row["before_rank"] != row["figures"].rank_label
    ]
    # first who enters or leaves the ranking, then in the order of the ranks
    effect.rows = sorted(
        shown, key=lambda row: (row["before_rank"] == "–") == (row["figures"].rank_label == "–")
    )[:ROWS]
    effect.moved = sum(rank != found.published[pk].rank for pk, rank in found.rows.ranks.items())
    effect.answer = _answer(found)
    return effect


def _answer(found: WhatIf) -> str:
    before = _leaders(found, {pk: row.rank for pk, row in found.published.items()})
    after = _leaders(found, found.rows.ranks)
    if not after:
        return "Nobody would be ranked."
    if before == after:
        return f"{_and(after)} would stay first."
    instead = f" instead of {_and(before)}" if before else ""
    return f"{_and(after)} would lead{instead}."


def _leaders(found: WhatIf, ranks: Mapping[int, int | None]) -> list[str]:
    return sorted(standing.name for standing in found.board.standings if ranks[standing.id] == 1)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES])
    return f"{shown} and {len(names) - NAMES} more" if len(names) > NAMES else shown


def _change(scorecard: Scorecard, form: Any, effect: Effect) -> Change:
    """The change as the what-if takes it, with its words put into `effect`."""
    if isinstance(form, WeightsForm):
        return _weights(scorecard, form, effect)
    if isinstance(form, GatesForm):
        return _must_haves(scorecard, form, effect)
    if isinstance(form, VendorsForm):
        return _vendors(scorecard, form, effect)
    if isinstance(form, RulesForm):
        return _rules(scorecard, form, effect)
    assert isinstance(form, ArchetypeForm)  # noqa: S101 - the builder has five forms
    return _start(scorecard, form, effect)


def _weights(scorecard: Scorecard, form: WeightsForm, effect: Effect) -> Change:
    titles = names_of(form.criteria)
    changed = form.changed_weights()
    for code, text in changed.items():
        if text != form.shown[code]:
            effect.changes.append(f"{titles[code]}: {form.shown[code]} to {_shown(text)}")
    before, after = set(scorecard.weight_locks), set(form.locked())
    effect.changes += [f"{titles[code]}: locked" for code in sorted(after - before)]
    effect.changes += [f"{titles[code]}: no longer locked" for code in sorted(before - after)]
    return Change(weights=changed)


def _shown(text: str) -> str:
    try:
        return f"{Decimal(text):.1f}"
    except (ArithmeticError, ValueError):
        return text[:20]


def _must_haves(scorecard: Scorecard, form: GatesForm, effect: Effect) -> Change:
    rows = ScorecardGate.objects.for_organization(scorecard.organization).active().filter(scorecard=scorecard)
    present = {gate.code: gate for gate in rows.order_by("position", "id")}
    wanted = form.gates()
    labels = {gate.code: gate.label for gate in load_gates()}
    kept = {
        str(gate["code"]) for gate in wanted
        if gate.get("code") in present
        and ("subject" not in gate or _rule(gate) == _rule(vars(present[gate["code"]])))
    }  # fmt: skip
    added = [
        str(gate.get("label") or labels[gate["code"]]) for gate in wanted if gate.get("code") not in kept
    ]
    effect.changes += [f"Asked for as well: {label}" for label in added]
    gone = {code: gate.label for code, gate in present.items() if code not in kept}
    effect.changes += [f"No longer asked for: {label}" for label in gone.values()]
    if added:
        effect.note = f"What a new must-have excludes is judged when you save. {LATER}"
        return Change()
    return Change(gates=dict.fromkeys(gone, False))


def _rule(gate: Any) -> tuple[Any, ...]:
    return gate["subject"], gate["operator"], gate["value"]


def _vendors(scorecard: Scorecard, form: VendorsForm, effect: Effect) -> Change:
    chosen = form.chosen()
    everybody = set(form.by_id)
    wanted = (
        everybody
        if chosen == "all"
        else {str(each.public_id) for each in chosen if not isinstance(each, str)}
    )
    saved = form.saved if scorecard.selection == Scorecard.Selection.CHOSEN else everybody
    names = {key: str(candidate) for key, candidate in form.by_id.items()}
    joins, leaves = sorted(names[k] for k in wanted - saved), sorted(names[k] for k in saved - wanted)
    if joins:
        effect.changes.append(f"Compared as well: {_some(joins)}")
    if leaves:
        effect.changes.append(f"No longer compared: {_some(leaves)}")
    if (chosen == "all") != (scorecard.selection == Scorecard.Selection.ALL):
        effect.changes.append(
            "Vendors added later are compared too"
            if chosen == "all"
            else "Vendors added later are not compared"
        )
    effect.note = LATER if joins or leaves else ""
    return Change()


def _rules(scorecard: Scorecard, form: RulesForm, effect: Effect) -> Change:
    wanted = form.rules()
    words: dict[str, dict[Any, str]] = {name: dict(form.fields[name].choices) for name in ("stage", "policy")}  # type: ignore[attr-defined]
    for name, title in (("stage", "Stage"), ("policy", "What an unknown counts")):
        if wanted[name] != getattr(scorecard, name):
            effect.changes.append(f"{title}: {words[name][wanted[name]].partition(':')[0]}")
    if wanted["as_of"] != scorecard.as_of:
        day = wanted["as_of"]
        effect.changes.append(
            f"Evidence as of {day:%-d %b %Y}" if day else "Evidence as of today, every day anew"
        )
    if wanted["policy"] != scorecard.policy or wanted["as_of"] != scorecard.as_of:
        effect.note = LATER
        return Change()
    return Change(stage=wanted["stage"] if effect.changes else "")


def _start(scorecard: Scorecard, form: ArchetypeForm, effect: Effect) -> Change:
    if form.cleaned_data["name"] != scorecard.name:
        effect.changes.append(f"Name: {form.cleaned_data['name']}")
    code = form.cleaned_data["archetype"]
    if not code:
        return Change()
    criteria = criteria_of(scorecard.framework)
    template = find_archetype(code)
    points = {each: as_text(number) for each, number in template.points(criteria).items()}
    before, after = shown_points(criteria, scorecard.weights), shown_points(criteria, points)
    groups = [g for g in criteria.groups if before[g.code] != after[g.code]]
    effect.changes += [f"{group.name}: {before[group.code]} to {after[group.code]}" for group in groups]
    if points != scorecard.weights and not groups:
        effect.changes.append("Criteria inside groups, as the table shows")
    return Change(weights=points if points != scorecard.weights else {})
