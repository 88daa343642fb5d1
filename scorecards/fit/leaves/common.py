"""The shapes most criteria share: one record per site, of the vendor, or of the offer."""

from collections.abc import Callable, Sequence

from scorecards.fit.context import LeafContext
from scorecards.fit.joining import Line, maximum, minimum, worst_and_mean
from scorecards.fit.reading import Answer, Known, Missing, Reading, one, reading
from scorecards.fit.view import CandidateView, SiteUse
from vendors.resolution import Place

Rule = Callable[[LeafContext, CandidateView], Reading]
Join = Callable[..., Reading]


def unknown(context: LeafContext, reason: str) -> Reading:
    """The reading of a criterion nothing is known about."""
    return one(Missing(reason), context.rules)


def record_at(context: LeafContext, view: CandidateView, place: Place, targets: tuple[str, ...]) -> Reading:
    """The criterion as answered by the one record that counts at a place."""
    found = view.answer(targets, place, context.limits, context.leaf.name)
    if isinstance(found, Missing):
        return one(found, context.rules)
    return reading(context.parts_of(found), context.rules, raw=dict(found.record.value or {}))


def no_site(context: LeafContext) -> Reading:
    """A line without a known site spans everything."""
    return one(Missing("no site is known for this step."), context.rules)


def over_sites(
    context: LeafContext,
    view: CandidateView,
    at_site: Callable[[SiteUse], Reading],
    *,
    uses: Sequence[SiteUse] | None = None,
    join: Join = worst_and_mean,
) -> Reading:
    """Join the readings of the distinct primary sites."""
    chosen = view.site_uses if uses is None else uses
    if not chosen:
        return unknown(context, "The vendor has no active site on file.")
    lines = [
        Line(
            no_site(context) if use.site is None else at_site(use),
            use.label,
            len(use.lines),
        )
        for use in chosen
    ]
    return join(lines, context.rules)


def per_site(*fields: str, join: Join = worst_and_mean) -> Rule:
    """One record per primary site: the criterion's own, or one of the fields."""

    def rate(context: LeafContext, view: CandidateView) -> Reading:
        targets = fields or (context.leaf.code,)
        return over_sites(context, view, lambda use: record_at(context, view, use.place, targets), join=join)

    return rate


def of_vendor(*fields: str) -> Rule:
    """One record of the vendor."""

    def rate(context: LeafContext, view: CandidateView) -> Reading:
        return record_at(context, view, view.vendor_place, fields or (context.leaf.code,))

    return rate


def best_site(context: LeafContext, view: CandidateView) -> Reading:
    """The best primary site."""
    return over_sites(
        context, view, lambda use: record_at(context, view, use.place, (context.leaf.code,)), join=maximum
    )


def over_lines(
    context: LeafContext,
    lines: Sequence[tuple[str, Answer | Reading]],
    nothing: str,
    *,
    join: Join = minimum,
) -> Reading:
    """Join the answers of lines; ``nothing`` is the reason when there is none."""
    if not lines:
        return unknown(context, nothing)
    return join(
        [
            Line(one(answer, context.rules) if isinstance(answer, Known | Missing) else answer, label)
            for label, answer in lines
        ],
        context.rules,
    )
