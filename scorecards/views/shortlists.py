"""Shortlists: list, begin, one with its candidates, what people say and declare."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.figures.bars import Whisker, interval_whisker
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.engine.exact import PPB, PPM
from scorecards.exporting.kinds import KINDS
from scorecards.forms.shortlists import (
    DecideForm,
    InterestsForm,
    NewShortlistForm,
    RemarkForm,
    ShortlistForm,
)
from scorecards.models import Candidate, ExportKind, Scorecard, Shortlist, ShortlistItem
from scorecards.selectors.exports import export_list
from scorecards.selectors.funnel import funnel_of
from scorecards.selectors.pages import find_scorecard, is_uuid, pickable_rows
from scorecards.selectors.results import last_run
from scorecards.selectors.shortlist_words import shortlist_answer
from scorecards.selectors.shortlists import (
    ItemLine,
    current_decision,
    find_shortlist,
    item_lines,
    item_rows,
    remark_list,
    shortlist_list,
    standing_declarations,
)
from scorecards.selectors.signatures import MEANINGS, NOT_FOR_AWARD, signature_list
from scorecards.services.shortlists import (
    add_to_shortlist,
    archive_shortlist,
    change_shortlist,
    create_shortlist,
    decide_item,
    declare_interests,
    move_item,
    remark,
    remove_item,
    talking_permission,
)
from scorecards.views.edge import go, page, say, signed_in, whole_number
from scorecards.views.exports import line_of

PER_PAGE = 50
MOST_TAKEN = 5
MOST_EXCLUDED = 200
"""Of each step of the funnel on the page; all of them are in the interface and in the frozen document."""


@require_safe
def shortlists(request: HttpRequest) -> HttpResponse:
    """All shortlists, the newest first."""
    actor = signed_in(request)
    shown = Paginator(shortlist_list(actor.organization), PER_PAGE).get_page(
        whole_number(request.GET.get("page"))
    )
    context = {
        "shown": shown, "query": request.GET, "may_edit": allows(actor, Permission.EDIT_SHORTLISTS),
    }  # fmt: skip
    return page(request, "scorecards/shortlists/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a shortlist, or put vendors on an open one: chosen on a ranking (`c`) or in the directory (`v`)."""
    actor, now = signed_in(request, Permission.EDIT_SHORTLISTS), timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    chosen = given.get("scorecard", "")
    if not is_uuid(chosen):
        return _which_scorecard(request, actor)
    scorecard = find_scorecard(actor.organization, UUID(chosen))
    picked = [*given.getlist("c"), *_of_vendors(scorecard, given.getlist("v"))]
    open_lists = list(shortlist_list(actor.organization, scorecard=scorecard).filter(frozen_at__isnull=True))
    offered = _offered(scorecard, picked)
    form = NewShortlistForm(
        open_lists, offered, request.POST if request.method == "POST" else None, initial={"c": picked}
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                row = _begin(form, scorecard, actor)
            except DomainError as error:
                status = say(form, error, names={"candidates": "c"})
            else:
                messages.success(request, f"{len(form.picked())} on the shortlist {row.name}.")
                return go(_address(row))
    context = {"scorecard": scorecard, "form": form, "now": now}
    return page(request, "scorecards/shortlists/new.html", context, status=status)


def _begin(form: NewShortlistForm, scorecard: Scorecard, actor: Actor) -> Shortlist:
    now, data = timezone.now(), form.cleaned_data
    into = form.open_lists.get(data.get("into", ""))
    if into is not None:
        add_to_shortlist(shortlist=into, candidates=form.picked(), by=actor, now=now)
        return into
    return create_shortlist(
        scorecard=scorecard, name=data["name"], purpose=data["purpose"], candidates=form.picked(), by=actor, now=now
    )  # fmt: skip


def _which_scorecard(request: HttpRequest, actor: Actor) -> HttpResponse:
    rows = Scorecard.objects.for_organization(actor.organization).active().select_related("program")
    context = {
        "scorecards": list(rows.order_by("name", "id")[:500]), "vendors": request.GET.getlist("v"), "picked": request.GET.getlist("c"),
    }  # fmt: skip
    return page(request, "scorecards/shortlists/which.html", context)


def _of_vendors(scorecard: Scorecard, vendors: list[str]) -> list[str]:
    """The candidates of vendors chosen in the directory."""
    ids = [UUID(text) for text in vendors if is_uuid(text)]
    rows = Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard)
    return [
        str(public_id)
        for public_id in rows.filter(vendor__public_id__in=ids).values_list("public_id", flat=True)
    ]


def _offered(scorecard: Scorecard, picked: list[str]) -> list[tuple[Candidate, str]]:
    """Candidates to choose from: the top of the ranking and those picked; before a calculation those picked, or the first by name."""
    if not scorecard.scores_hidden:
        rows = pickable_rows(scorecard, picked)
        if rows:
            return [(row.candidate, f"ranked {row.rank}" if row.rank else "not ranked") for row in rows]
    candidates = Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard)
    ids = [UUID(text) for text in picked if is_uuid(text)]
    wanted = candidates.filter(public_id__in=ids) if ids else candidates
    return [
        (row, "")
        for row in wanted.select_related("vendor").order_by("vendor__name", "label", "id")[:PER_PAGE]
    ]


@require_safe
def shortlist(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """One shortlist."""
    actor = signed_in(request)
    return _page(request, actor, find_shortlist(actor.organization, shortlist_id))


def _page(
    request: HttpRequest,
    actor: Actor,
    row: Shortlist,
    *,
    bound: dict[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a shortlist; `bound` are forms that were refused, by their names."""
    given: dict[str, Any] = bound or {}
    lines = item_lines(row)
    decision = current_decision(row)
    remarks = list(remark_list(row))
    run = None if row.scorecard.scores_hidden else last_run(row.scorecard)
    may_edit = allows(actor, Permission.EDIT_SHORTLISTS)
    open_ = row.frozen_at is None
    candidates = [line.item.candidate for line in lines]
    signatures = (
        signature_list(actor.organization, snapshot_id=decision.snapshot.public_id) if decision else []
    )
    steps = funnel_of(row, run, commercial=allows(actor, Permission.VIEW_COMMERCIAL))
    most = max([1, *(step["count"] for step in steps)])
    context = {
        "shortlist": row, "scorecard": row.scorecard, "decision": decision, "run": run, "signatures": signatures,
        "meanings": [(meaning.label, next((one for one in signatures if one.meaning == meaning), None)) for meaning in MEANINGS],
        "answer": shortlist_answer(row, lines),
        "lines": [(line, given.get(f"item-{line.item.pk}") or DecideForm(line.item), whisker_of(line)) for line in lines],
        "funnel": [
            (step, step["excluded"][:MOST_EXCLUDED], max(0, len(step["excluded"]) - MOST_EXCLUDED), step["count"] * 100 // most)
            for step in steps
        ],
        **_files(actor, row),
        "general": [one for one in remarks if one.candidate_id is None], "declarations": standing_declarations(row),
        "details": given.get("details") or ShortlistForm(initial={"name": row.name, "purpose": row.purpose}),
        "remark": given.get("remark") or RemarkForm(candidates), "interests": given.get("interests") or InterestsForm(),
        "may_edit": may_edit and open_, "may_archive": may_edit, "may_talk": allows(actor, talking_permission(actor)),
        "stage_note": NOT_FOR_AWARD[row.scorecard.stage], "last": len(lines),
    }  # fmt: skip
    return page(request, "scorecards/shortlists/one.html", context, status=status)


def whisker_of(line: ItemLine) -> Whisker | None:
    """The drawing of a score with its interval; None without a score."""
    found = line.result
    if found is None or found.score_exact is None:
        return None
    low, high = found.low_exact // PPB, -(-found.high_exact // PPB)
    return interval_whisker(
        low, min(max(low, found.score_exact * PPM // found.denominator_exact), high), high
    )


def _files(actor: Actor, row: Shortlist) -> dict[str, Any]:
    """What may be taken out of a shortlist, and what was; nothing for those who may not export."""
    if not allows(actor, Permission.EXPORT):
        return {"formats": [], "taken": []}
    recent = export_list(actor, subject_id=row.public_id)[:MOST_TAKEN]
    return {"formats": KINDS[ExportKind.SHORTLIST].formats, "taken": [line_of(one) for one in recent]}


def _address(row: Shortlist) -> str:
    return reverse("shortlists:one", args=[row.public_id])


def _act(
    request: HttpRequest,
    row: Shortlist,
    name: str,
    form: forms.Form,
    work: Callable[[], str],
    *,
    to: str = "",
    names: dict[str, str] | None = None,
) -> HttpResponse:
    """Run `work` with a valid form and go on; otherwise the page again with what is wrong."""
    status = 400
    if form.is_valid():
        try:
            said = work()
        except DomainError as error:
            status = say(form, error, names=names)
        else:
            messages.success(request, said)
            return go(to or _address(row))
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return _page(request, actor, row, bound={name: form}, status=status)


@require_POST
def details(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """Name and purpose."""
    actor, now = signed_in(request, Permission.EDIT_SHORTLISTS), timezone.now()
    row, form = find_shortlist(actor.organization, shortlist_id), ShortlistForm(request.POST)

    def work() -> str:
        change_shortlist(shortlist=row, expected_version=None, by=actor, now=now, **form.cleaned_data)
        return "Saved."

    return _act(request, row, "details", form, work)


@require_POST
def entry(request: HttpRequest, shortlist_id: UUID, entry_id: UUID) -> HttpResponse:
    """Decide on a candidate, move it up or down, or take it off."""
    actor, now = signed_in(request, Permission.EDIT_SHORTLISTS), timezone.now()
    row = find_shortlist(actor.organization, shortlist_id)
    item: ShortlistItem | None = item_rows(row).filter(public_id=entry_id).first()
    if item is None:
        raise NotFound("There is no such candidate on this shortlist.")
    act, form = request.POST.get("act", ""), DecideForm(item, request.POST)
    if act in {"up", "down"}:
        count = item_rows(row).count()
        place = min(max(1, item.position + (1 if act == "down" else -1)), count)
        move_item(item=item, position=place, by=actor, now=now)
        return go(f"{_address(row)}#candidates")

    def work() -> str:
        if act == "remove":
            remove_item(item=item, reason=form.cleaned_data["reason"], by=actor, now=now)
            return f"{item.candidate} is off the shortlist."
        data = form.cleaned_data
        decide_item(
            item=item, expected_version=data["version"], decision=data["decision"], reason=data["reason"], by=actor, now=now
        )  # fmt: skip
        return f"{item.candidate}: {data['decision']}."

    return _act(request, row, f"item-{item.pk}", form, work, to=f"{_address(row)}#candidates")


@require_POST
def remarks(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """Say something, for ever."""
    actor, now = signed_in(request), timezone.now()
    actor = signed_in(request, talking_permission(actor))
    row = find_shortlist(actor.organization, shortlist_id)
    form = RemarkForm([item.candidate for item in item_rows(row)], request.POST)

    def work() -> str:
        data = form.cleaned_data
        remark(
            shortlist=row, text=data["text"], candidate=form.by_id.get(data["about"]), kind=data["kind"], by=actor, now=now
        )  # fmt: skip
        return "Recorded under your name."

    return _act(request, row, "remark", form, work, names={"candidate": "about"})


@require_POST
def interests(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """Declare one's own interests."""
    actor, now = signed_in(request), timezone.now()
    actor = signed_in(request, talking_permission(actor))
    row, form = find_shortlist(actor.organization, shortlist_id), InterestsForm(request.POST)

    def work() -> str:
        declare_interests(shortlist=row, by=actor, now=now, **form.cleaned_data)
        return "Declared under your name."

    return _act(request, row, "interests", form, work)


@require_POST
def archive(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """Put it away."""
    actor, now = signed_in(request, Permission.EDIT_SHORTLISTS), timezone.now()
    row = find_shortlist(actor.organization, shortlist_id)
    archive_shortlist(shortlist=row, expected_version=None, by=actor, now=now)
    messages.success(request, f"{row.name} is archived.")
    return go(reverse("shortlists:list"))
