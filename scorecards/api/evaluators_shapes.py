"""What several evaluators' work looks like as JSON; the classes describe the same keys for the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from cdmo_eval.http.serializers import Output
from scorecards.api.references import NamedOut
from scorecards.api.shapes import number
from scorecards.selectors.agreement import WORDS, Figure, JudgedCell, Opinions, OwnRankings, Place
from scorecards.services.rating_sheets import SheetRead


class AgreementFigureOut(Output):
    """An agreement figure; null with a `reason` where it is mathematically undefined."""

    value = serializers.FloatField(allow_null=True)
    raters = serializers.IntegerField()
    items = serializers.IntegerField(help_text="How many ratings of the same thing it rests on.")
    reason = serializers.CharField()


class SaidOut(Output):
    """What one evaluator submitted of a cell."""

    evaluator = serializers.CharField()
    level = serializers.IntegerField(allow_null=True)
    abstained = serializers.BooleanField()
    comment = serializers.CharField()


class JudgedCellOut(Output):
    """One criterion of one candidate; the widest spread first."""

    candidate = NamedOut()
    criterion = serializers.CharField()
    level = serializers.FloatField(allow_null=True)
    rule = serializers.ChoiceField(choices=["mean", "median", "consensus", ""])
    ratings = serializers.IntegerField()
    lowest = serializers.IntegerField(allow_null=True)
    highest = serializers.IntegerField(allow_null=True)
    deviation = serializers.FloatField(allow_null=True, help_text="Standard deviation of a sample.")
    talk = serializers.BooleanField(help_text="Two levels or more apart and nothing agreed yet.")
    said = SaidOut(many=True)


class EvaluatorAgreementOut(Output):
    """How far evaluators agree. `cells` is null for who may not read what others submitted."""

    word = serializers.ChoiceField(choices=[word.value for word in WORDS])
    sentence = serializers.CharField()
    evaluators = serializers.IntegerField()
    alpha = AgreementFigureOut()
    kendall_w = AgreementFigureOut()
    icc_2k = AgreementFigureOut()
    to_talk_about = serializers.IntegerField()
    cells = JudgedCellOut(many=True, allow_null=True)


class EvaluatorPlaceOut(Output):
    """A place in a ranking."""

    rank = serializers.IntegerField(allow_null=True)
    rank_tied = serializers.BooleanField()
    score = serializers.FloatField(allow_null=True)


class EvaluatorOwnPlaceOut(EvaluatorPlaceOut):
    """A place in one evaluator's own ranking."""

    evaluator = serializers.CharField()


class EvaluatorRankingRowOut(Output):
    """One candidate in every ranking."""

    candidate = NamedOut()
    official = EvaluatorPlaceOut()
    evaluators = EvaluatorOwnPlaceOut(many=True)


class OwnRankingsOut(Output):
    """Everybody's own ranking beside the official one."""

    run_id = serializers.UUIDField()
    run_number = serializers.IntegerField()
    evaluators = serializers.ListField(child=serializers.CharField())
    rows = EvaluatorRankingRowOut(many=True)


class SheetChangeOut(Output):
    """One rating of a sheet that differs from what is kept."""

    cell = serializers.CharField(help_text="Where it stands in the sheet.")
    candidate = NamedOut()
    criterion = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()
    old_comment = serializers.CharField()
    new_comment = serializers.CharField()


class SheetOut(Output):
    """What a sheet says."""

    committed = serializers.BooleanField()
    rows = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    changes = SheetChangeOut(many=True)


def agreement_json(found: Opinions, *, cells: bool) -> dict[str, Any]:
    """The figures, and the cells for who may read them."""
    return {
        "word": found.word.value,
        "sentence": WORDS[found.word],
        "evaluators": len(found.evaluators),
        **{figure.code: figure_json(figure) for figure in found.figures},
        "to_talk_about": found.to_talk_about,
        "cells": [cell_json(cell) for cell in found.cells] if cells else None,
    }


def figure_json(figure: Figure) -> dict[str, Any]:
    """One figure."""
    found = figure.found
    return {
        "value": number(figure.text or None),
        "raters": found.raters,
        "items": found.items,
        "reason": found.reason,
    }


def cell_json(cell: JudgedCell) -> dict[str, Any]:
    """One cell with what everybody said."""
    pooled = cell.pooled
    return {
        "candidate": {"id": str(cell.candidate.public_id), "name": str(cell.candidate)},
        "criterion": cell.leaf.code,
        "level": number(cell.level or None),
        "rule": cell.rule,
        "ratings": pooled.count if pooled else 0,
        "lowest": pooled.lowest if pooled else None,
        "highest": pooled.highest if pooled else None,
        "deviation": number(pooled.deviation or None) if pooled else None,
        "talk": cell.talk,
        "said": [
            {
                "evaluator": rating.invitation.evaluator.name, "level": rating.level,
                "abstained": rating.abstained, "comment": rating.comment,
            }
            for rating in cell.ratings
        ],
    }  # fmt: skip


def own_rankings_json(found: OwnRankings) -> dict[str, Any]:
    """Every ranking."""
    return {
        "run_id": found.run_id,
        "run_number": found.run_number,
        "evaluators": list(found.evaluators),
        "rows": [
            {
                "candidate": {"id": row.candidate_id, "name": row.name},
                "official": place_json(row.official),
                "evaluators": [
                    {"evaluator": name, **place_json(place)}
                    for name, place in zip(found.evaluators, row.own, strict=True)
                ],
            }
            for row in found.rows
        ],
    }


def place_json(place: Place) -> dict[str, Any]:
    """One place."""
    return {"rank": place.rank, "rank_tied": place.tied, "score": number(place.score or None)}


def sheet_json(read: SheetRead, *, committed: bool) -> dict[str, Any]:
    """What a sheet would change, or has changed."""
    return {
        "committed": committed,
        "rows": read.rows,
        "unchanged": read.rows - len(read.changes),
        "changes": [
            {
                "cell": change.cell,
                "candidate": {"id": str(change.candidate.public_id), "name": str(change.candidate)},
                "criterion": change.leaf.code, "old": change.old, "new": change.new,
                "old_comment": change.old_comment, "new_comment": change.comment,
            }
            for change in read.changes
        ],
    }  # fmt: skip
