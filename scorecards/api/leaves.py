"""`scorecards/{id}/leaves/`: every criterion of every candidate, in bulk."""

import gzip
import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from cdmo_eval.core.errors import Conflict
from cdmo_eval.http.api import CURSOR, PAGING
from cdmo_eval.http.cursors import BrokenCursorError, opened, sealed
from cdmo_eval.http.pagination import checked_page_size
from cdmo_eval.http.parameters import told, whole
from cdmo_eval.http.serializers import Output
from scorecards.api.results import AS_OF, PIN, PublishedViews
from scorecards.api.shapes import LeafRowOut, leaf_row_json
from scorecards.models import Scorecard
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.freshness import Freshness, freshness_of
from scorecards.selectors.history import past_cells, past_ranking, past_rows
from scorecards.selectors.leaves import Leaf, Place, Shelf, evidence_ids, leaves_from, published
from scorecards.selectors.published import Head
from scorecards.selectors.results import Ranking, run_of, steadily
from scorecards.selectors.scorecards import check_pinned

PAGE_SIZE, LARGEST_PAGE = 1000, 5000


class LeafPageOut(Output):
    """A page of rows."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True, help_text="Always null: read forwards.")
    results = LeafRowOut(many=True)


class NdjsonRenderer(JSONRenderer):
    """One JSON object a line; the next page is in the Link header."""

    media_type = "application/x-ndjson"
    format = "ndjson"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The rows of a page; errors as one plain document."""
        if not isinstance(data, dict) or "results" not in data:
            return super().render(data, accepted_media_type, renderer_context)
        encoder = self.encoder_class
        lines = (
            json.dumps(row, cls=encoder, ensure_ascii=False, separators=(",", ":")) for row in data["results"]
        )
        return "".join(f"{line}\n" for line in lines).encode()


class LeafViews(PublishedViews):
    """Rows in the order of the candidates' ids. A walk stays with one calculation."""

    renderer_classes = [JSONRenderer, NdjsonRenderer]
    pagination_class = None
    filter_backends: Any = []
    parameters: ClassVar[dict[str, str]] = {
        "run_id": PIN,
        "as_of": AS_OF,
        "cursor": "Where the page begins, from `next`.",
        "page_size": told(f"Rows on a page; {PAGE_SIZE} unless told otherwise.", whole(1, LARGEST_PAGE)),
    }

    @extend_schema(
        operation_id="scorecards_leaves_list",
        responses={
            (200, "application/json"): forced_singular_serializer(LeafPageOut),  # type: ignore[no-untyped-call]
            (200, "application/x-ndjson"): forced_singular_serializer(LeafRowOut),  # type: ignore[no-untyped-call]
        },
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """One page of rows, one per candidate and criterion."""
        scorecard, size = (
            self.scorecard(),
            checked_page_size(request, default=PAGE_SIZE, largest=LARGEST_PAGE),
        )
        (pin, start), day = self._start(), self.day()
        if day is not None:
            run = self.past_run(scorecard, day, pin)
            rows = past_rows(run)
            ranking = past_ranking(scorecard, run, [], now=self.now)
            shelf = Shelf(run, ranking.framework, rows, lambda piece: past_cells(run, piece))
            return self._answer(ranking, self._leaves(shelf, start, size), size)
        freshness = freshness_of(scorecard, now=self.now)
        known = scorecard.last_run["id"] if scorecard.last_run else ""  # type: ignore[attr-defined]
        etag = self.tag(scorecard, known, freshness)
        if not pin or pin == known:
            answer = self.unchanged(etag)
            if answer is not None:
                return answer
        ranking, leaves = steadily(scorecard, lambda: self._present(start, size))
        if pin:
            check_pinned(scorecard, pin, ranking.run)
        return self._answer(ranking, leaves, size)

    def _present(self, start: Place | None, size: int) -> tuple[Ranking, Sequence[Leaf]]:
        scorecard = self.scorecard()
        freshness = freshness_of(scorecard, now=self.now)
        run, framework = run_of(scorecard, freshness), criteria_of(scorecard.framework)
        ranking = Ranking(scorecard, framework, run, freshness, ())
        if run is None:
            return ranking, []
        return ranking, self._leaves(published(scorecard, run, framework), start, size)

    def _leaves(self, shelf: Shelf, start: Place | None, size: int) -> Sequence[Leaf]:
        """One leaf more than asked for, so that the next page is known to exist."""
        at_once = size // len(shelf.framework.leaves) + 2
        return list(islice(leaves_from(shelf, start, at_once=at_once), size + 1))

    def _answer(self, ranking: Ranking, leaves: Sequence[Leaf], size: int) -> Response:
        scorecard, lineage, following = ranking.scorecard, ranking.lineage, None
        rows: list[Any] = []
        if lineage is not None:
            curtain = Curtain(self.actor, scorecard, ranking.framework)
            shown = [(leaf, curtain.leaf(leaf.figures)) for leaf in leaves[:size]]
            records = evidence_ids(scorecard, (figures for _, figures in shown), commercial=curtain.lifted)
            rows = [leaf_row_json(leaf, figures, lineage, records) for leaf, figures in shown]
            if len(leaves) > size:
                following = self._link(lineage.run_id, leaves[size])
        response = Response({"next": following, "previous": None, "results": rows})
        if following:
            response["Link"] = f'<{following}>; rel="next"'
        response["ETag"] = self.tag(scorecard, lineage.run_id if lineage else "", ranking.freshness)
        patch_vary_headers(response, ["Accept-Encoding"])
        if self.compresses():
            response.add_post_render_callback(compress)
        return response

    def compresses(self) -> bool:
        """Whether the client takes gzip. Said in the tag too: other bytes, other tag."""
        offers = self.request.headers.get("Accept-Encoding", "").replace(" ", "").lower().split(",")
        return "gzip" in offers

    def tag(self, scorecard: Scorecard | Head, run_id: str, freshness: Freshness) -> str:
        """As of every published answer, with the encoding."""
        plain = super().tag(scorecard, run_id, freshness)
        return f'{plain[:-1]}-gzip"' if self.compresses() else plain

    def _link(self, run_id: str, leaf: Leaf) -> str:
        place = f"{run_id}:{leaf.result.candidate.public_id}:{leaf.column}"
        cursor = sealed(place, purpose=self.request.path)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def _start(self) -> tuple[str, Place | None]:
        """The calculation and the place of the walk; a `run_id` beside a cursor must be the cursor's."""
        pin, cursor = self.pin(), self.request.query_params.get("cursor")
        if cursor is None:
            return pin, None
        try:
            walk, candidate, column = opened(cursor, purpose=self.request.path).split(":")
        except BrokenCursorError:
            words = "This is no cursor of this list. Begin without one."
            raise ValidationError({"cursor": [ErrorDetail(words, "invalid")]}) from None
        place = Place(UUID(candidate), int(column))
        if pin and pin != walk:
            raise Conflict("The cursor belongs to another calculation than run_id.", code="run_superseded")
        return walk, place

    def known_parameters(self) -> frozenset[str]:
        """With those of a cursor."""
        return (super().known_parameters() - PAGING) | CURSOR


def compress(response: Response) -> None:
    """Send the answer as gzip. Without a time inside: the same rows give the same bytes."""
    response.content = gzip.compress(response.content, compresslevel=5, mtime=0)
    response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(response.content))
