"""`scorecards/{id}/results/`: the ranking, and one candidate with every criterion."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.api import check_filters
from cdmo_eval.http.fields import FIRST_YEAR, LAST_YEAR
from cdmo_eval.http.kept_answers import KeptAnswers
from cdmo_eval.http.pagination import NumberedPages
from cdmo_eval.http.parameters import DAY, ID, one_of, told
from scorecards.api.published_rows import rendered, rows_json
from scorecards.api.references import OfScorecard
from scorecards.api.shapes import DetailOut, GroupRowOut, ResultOut, group_rows_json, leaf_json, result_json
from scorecards.filters import PastResultFilters, ResultFilters
from scorecards.models import Result, ResultCells, ResultHistory, Run, Scorecard
from scorecards.presentation import leaf_figures
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.freshness import Freshness
from scorecards.selectors.history import past_cells, past_ranking, past_rows, run_as_of
from scorecards.selectors.leaves import evidence_ids, packed_cells
from scorecards.selectors.published import (
    Head,
    PublishedRow,
    page_of_places,
    page_of_rows,
    published_head,
    withheld_gates,
)
from scorecards.selectors.results import (
    STEADY_TRIES,
    Ranking,
    chosen_rows,
    plain_rows,
    present,
    result_rows,
    run_of,
    steadily,
    unsteady,
)
from scorecards.selectors.scorecards import check_pinned
from scorecards.selectors.visibility import check_visible

PIN = told("The id of a calculation: 409 `run_superseded` when another one was published meanwhile.", ID)
AS_OF = told("As the last calculation published by the end of that day (UTC) had it, from history.", DAY)
KEPT = KeptAnswers()
SHAPES = ("wide", "long")


class PinnedPages(NumberedPages):
    """Pages of one walk: their links name the calculation, so that a walk never mixes two."""

    run_id = ""

    def get_next_link(self) -> str | None:
        """The next page of the same calculation."""
        return self._pinned(super().get_next_link())

    def get_previous_link(self) -> str | None:
        """The previous page of the same calculation."""
        return self._pinned(super().get_previous_link())

    def _pinned(self, link: str | None) -> str | None:
        return replace_query_param(link, "run_id", self.run_id) if link and self.run_id else link


class PublishedViews(OfScorecard):
    """What a calculation published: pinned, and with a tag that is known before any row is read."""

    def pin(self) -> str:
        """The asked `run_id`, or "". Raises ValidationError for what is no id."""
        given = self.request.query_params.get("run_id", "")
        try:
            return str(UUID(given)) if given else ""
        except ValueError:
            raise ValidationError({"run_id": [ErrorDetail("An id is a UUID.", "invalid")]}) from None

    def day(self) -> date | None:
        """The asked `as_of`. Raises ValidationError for what is no date."""
        given = self.request.query_params.get("as_of", "")
        try:
            day = date.fromisoformat(given) if given else None
        except ValueError:
            day = date.max
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError({"as_of": [ErrorDetail("A date such as 2026-01-31.", "invalid")]})
        return day

    def past_run(self, scorecard: Scorecard, day: date, pin: str) -> Run:
        """The calculation of a day, from history; Conflict when the walk was pinned to another one."""
        check_visible(scorecard)
        run = run_as_of(scorecard, day)
        if pin:
            check_pinned(scorecard, pin, run)
        return run

    def tag(self, scorecard: Scorecard | Head, run_id: str, freshness: Freshness) -> str:
        """Strong: what was published, whether it is fresh, what was asked, and who may see how much of it."""
        told = [
            freshness.digest, run_id, freshness.fresh, str(scorecard.as_of), scorecard.version,
            self.request.get_full_path(), self.request.accepted_renderer.format,
            Curtain.lifts_for(self.actor),
        ]  # fmt: skip
        return f'"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]}"'

    def unchanged(self, etag: str) -> HttpResponseBase | None:
        """The answer 304 when the client has this already; spares reading the rows."""
        answer = HttpResponse()
        answer["ETag"] = etag
        found = get_conditional_response(self.request._request, etag=etag, response=answer)
        return found if found is not None and found.status_code == 304 else None


class ResultViews(PublishedViews):
    """The published ranking."""

    model = Result
    serializer_class = ResultOut
    filterset_class = ResultFilters
    pagination_class = PinnedPages
    paginator: PinnedPages
    parameters: ClassVar[dict[str, str]] = {"run_id": PIN, "as_of": AS_OF}
    shapes: ClassVar[dict[str, str]] = {
        "shape": told(
            "`long`: groups as rows. `count`, `page` and `page_size` still count candidates.", one_of(SHAPES)
        )
    }

    def described_parameters(self) -> dict[str, str]:
        """The list has a shape as well."""
        return {**self.parameters, **(self.shapes if self.action == "list" else {})}

    def queryset_for(self, actor: Actor) -> QuerySet[Result]:
        """As ranked."""
        return result_rows(self.scorecard())

    @extend_schema(
        responses=PolymorphicProxySerializer(
            component_name="ResultRow",
            serializers=[ResultOut, GroupRowOut],
            resource_type_field_name=None,
            many=True,
        )
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """One page of the ranking; `next` and `previous` stay with the calculation of this page."""
        shape = request.query_params.get("shape", "wide")
        if shape not in SHAPES:
            raise ValidationError({"shape": [ErrorDetail(f"One of {', '.join(SHAPES)}.", "invalid_choice")]})
        pin, day = self.pin(), self.day()
        if day is not None:
            scorecard = self.scorecard()
            return self._answer(scorecard, self._past(scorecard, day, pin), shape)
        head = published_head(self.actor.organization, self.kwargs["scorecard_id"], now=self.now)
        if not pin or pin == head.run_id:
            etag = self.tag(head, head.run_id, head.freshness)
            answer = self.unchanged(etag) or self.kept(etag)
            if answer is not None:
                return answer
        if shape == "long":
            return self._long(pin)
        head, rows = self._steady_page(head)
        if pin and pin != head.run_id:
            scorecard = self.scorecard()
            check_pinned(scorecard, pin, run_of(scorecard, head.freshness))
        return self._made(head, rows)

    def _steady_page(self, head: Head) -> tuple[Head, Sequence[PublishedRow]]:
        """The asked page, all of one calculation: read again when another was published between."""
        organization = self.actor.organization
        for _ in range(STEADY_TRIES):
            rows = self._page_of(organization, head)
            if rows is not None:
                return head, rows
            head = published_head(organization, self.kwargs["scorecard_id"], now=self.now)
        raise unsteady()

    def _page_of(self, organization: Organization, head: Head) -> Sequence[PublishedRow] | None:
        """As ranked, a page is known by its places alone; with a filter its rows are found first."""
        if not set(self.request.query_params) & set(self.filterset_class.base_filters):
            places = list(self.paginate_queryset(range(1, head.candidates + 1)) or ())
            found = page_of_places(organization, head, places)
            if found is None or len(found) == len(places):
                return found
        rows = Result.objects.for_organization(organization).filter(scorecard_id=head.id)
        ids = self.filter_queryset(rows.order_by("position", "id")).values_list("pk", flat=True)
        return page_of_rows(organization, head, list(self.paginate_queryset(ids) or ()))

    def _made(self, head: Head, rows: Sequence[PublishedRow]) -> HttpResponseBase:
        """The answer of a page, kept for the next who asks the same."""
        organization = self.actor.organization
        withheld = frozenset() if Curtain.lifts_for(self.actor) else withheld_gates(organization, head)
        self.paginator.run_id = head.run_id
        page = self.get_paginated_response(rows_json(head, rows, withheld)).data
        etag = self.tag(head, head.run_id, head.freshness)
        response = HttpResponse(rendered(page), content_type=self.request.accepted_renderer.media_type)
        response["ETag"] = etag
        KEPT.keep(self.key(etag), response.content)
        return response

    def _long(self, pin: str) -> HttpResponseBase:
        """A page of the ranking with its groups as rows."""
        scorecard = self.scorecard()
        ranking: Ranking = steadily(scorecard, lambda: self._page(scorecard))
        if pin:
            check_pinned(scorecard, pin, ranking.run)
        response = self._answer(scorecard, ranking, "long")
        key = self.key(response["ETag"])
        response.add_post_render_callback(lambda made: KEPT.keep(key, made.content))
        return response

    def key(self, etag: str) -> str:
        """Under which an answer is kept: links name the host, and JSON is not the only form."""
        return f"{self.request.build_absolute_uri()} {etag}"

    def kept(self, etag: str) -> HttpResponseBase | None:
        """The answer that was made for the same tag before."""
        body = KEPT.get(self.key(etag))
        if body is None:
            return None
        answer = HttpResponse(body, content_type=self.request.accepted_renderer.media_type)
        answer["ETag"] = etag
        return answer

    def _answer(self, scorecard: Scorecard, ranking: Ranking, shape: str) -> Response:
        curtain, lineage = Curtain(self.actor, scorecard, ranking.framework), ranking.lineage
        rows = [curtain.row(row) for row in ranking.rows]
        body: list[Any] = []
        if lineage is not None:
            self.paginator.run_id = lineage.run_id
            body = (
                [line for row in rows for line in group_rows_json(row, lineage)]
                if shape == "long"
                else [result_json(row, lineage) for row in rows]
            )
        response = self.get_paginated_response(body)
        response["ETag"] = self.tag(scorecard, lineage.run_id if lineage else "", ranking.freshness)
        return response

    def _past(self, scorecard: Scorecard, day: date, pin: str) -> Ranking:
        """A page of the ranking as it was: history does not change, so one reading of each part is enough."""
        run = self.past_run(scorecard, day, pin)
        filters = PastResultFilters(self.request.query_params, queryset=past_rows(run), request=self.request)
        check_filters(filters)
        page = self.paginate_queryset(filters.qs)
        assert page is not None  # noqa: S101 - the list is always paged
        return past_ranking(scorecard, run, page, now=self.now)

    def _page(self, scorecard: Scorecard) -> Ranking:
        found = self.filter_queryset(plain_rows(scorecard)).values_list("pk", flat=True)
        ids = self.paginate_queryset(found)
        assert ids is not None  # noqa: S101 - the list is always paged
        return present(scorecard, chosen_rows(scorecard, list(ids)), now=self.now)

    @extend_schema(responses=DetailOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """One candidate with every criterion, the records it rests on, and why.

        With `as_of` as it stood then: raw values, their reasons and freshness are not kept, figures and records are.
        """
        scorecard, pin, day = self.scorecard(), self.pin(), self.day()
        if day is not None:
            body, ranking = self._past_detail(scorecard, self.past_run(scorecard, day, pin))
        else:
            body, ranking = steadily(scorecard, lambda: self._detail(scorecard))
            if pin:
                check_pinned(scorecard, pin, ranking.run)
        response = Response(body)
        response["ETag"] = self.tag(
            scorecard, str(ranking.run.public_id) if ranking.run else "", ranking.freshness
        )
        return response

    def _detail(self, scorecard: Scorecard) -> tuple[dict[str, Any], Ranking]:
        row = result_rows(scorecard).filter(candidate__public_id=self.kwargs["id"]).first()
        if row is None:
            raise NotFound("There is no such thing here.")
        ranking = present(scorecard, [row], now=self.now)
        return self._explained(ranking, row, packed_cells(scorecard, [row.candidate_id]))

    def _past_detail(self, scorecard: Scorecard, run: Run) -> tuple[dict[str, Any], Ranking]:
        row = past_rows(run).filter(candidate__public_id=self.kwargs["id"]).first()
        if row is None:
            raise NotFound("There is no such thing here.")
        ranking = past_ranking(scorecard, run, [row], now=self.now)
        return self._explained(ranking, row, past_cells(run, [row]))

    def _explained(
        self, ranking: Ranking, row: Result | ResultHistory, kept: Mapping[int, ResultCells]
    ) -> tuple[dict[str, Any], Ranking]:
        """A row with its criteria. Raises NotFound where nothing was kept of it."""
        scorecard, lineage, cells = ranking.scorecard, ranking.lineage, kept.get(row.candidate_id)
        if ranking.run is None or lineage is None or cells is None:
            raise NotFound("There is no such thing here.")
        curtain = Curtain(self.actor, scorecard, ranking.framework)
        leaves = [curtain.leaf(leaf) for leaf in leaf_figures(row, cells, ranking.run, ranking.framework)]
        records = evidence_ids(scorecard, leaves, commercial=curtain.lifted)
        shown = result_json(curtain.row(ranking.rows[0]), lineage)
        return {**shown, "leaves": [leaf_json(leaf, records) for leaf in leaves]}, ranking
