"""The scorecards app."""

from django.apps import AppConfig
from django.conf import settings
from django.utils import timezone


class ScorecardsConfig(AppConfig):
    """Criteria sets, programmes, candidates, scorecards, runs and results."""

    name = "scorecards"

    def ready(self) -> None:
        """Tell the edges what this app adds: health, a gauge, and what a new organisation begins with."""
        from cdmo_eval.core.changes import register_feed_types  # noqa: PLC0415 - needs loaded models
        from cdmo_eval.core.organizations import on_new_organization  # noqa: PLC0415 - needs loaded models
        from cdmo_eval.core.policies import Permission  # noqa: PLC0415
        from cdmo_eval.core.retention import Kind, register_programs, register_retention  # noqa: PLC0415
        from cdmo_eval.core.rubrics import register_rubrics  # noqa: PLC0415
        from cdmo_eval.core.styleguide import register_drawings  # noqa: PLC0415
        from cdmo_eval.core.subjects import register_subject  # noqa: PLC0415
        from cdmo_eval.http.context import NavigationItem, register_navigation  # noqa: PLC0415
        from cdmo_eval.http.health import register_check  # noqa: PLC0415
        from cdmo_eval.http.metrics import register_gauge  # noqa: PLC0415
        from cdmo_eval.http.search import register_pages, register_source  # noqa: PLC0415
        from scorecards import scheduling  # noqa: PLC0415
        from scorecards.feed import FEED  # noqa: PLC0415
        from scorecards.frameworks import load_framework  # noqa: PLC0415
        from scorecards.imports.proposals import PROPOSALS  # noqa: PLC0415
        from scorecards.imports.rates import RATES  # noqa: PLC0415
        from scorecards.imports.ratings import RATINGS  # noqa: PLC0415
        from scorecards.samples import drawings  # noqa: PLC0415
        from scorecards.selectors.must_haves import must_have_standings, scorecards_with_must_haves  # noqa: PLC0415
        from scorecards.selectors.proof import what_differs  # noqa: PLC0415
        from scorecards.selectors.scorecards import programs_for_holds  # noqa: PLC0415
        from scorecards.services.exports import remove_older  # noqa: PLC0415
        from scorecards.services.frameworks import give_frameworks  # noqa: PLC0415
        from scorecards.views import search_sources  # noqa: PLC0415
        from vendors.imports.kinds import register_kind  # noqa: PLC0415
        from vendors.must_haves import MustHaves, register_must_haves  # noqa: PLC0415

        def recomputes_keep_up() -> str:
            waiting = scheduling.oldest_dirty_seconds(timezone.now())
            return (
                f"a change has waited {waiting:.0f} s for its recompute"
                if waiting > scheduling.PATIENCE_SECONDS
                else ""
            )

        for subject_type, view in (
            ("scorecard", "scorecards:ranking"),
            ("invitation", "ratings:sheet"),
            ("shortlist", "shortlists:one"),
            ("export", "exports:one"),
            ("questionnaire", "questionnaires:one"),
        ):
            register_subject(subject_type, view)
        register_subject("questionnaire_copy", "questionnaires:one", key="questionnaire")
        register_subject("snapshot", "shortlists:one", key="shortlist")
        register_programs(programs_for_holds)
        register_retention(
            Kind("exports", "Exported files", "The record of each stays.", settings.EXPORT_DAYS, remove_older)
        )
        register_check("recompute", recomputes_keep_up)
        register_check("consistency", what_differs)
        register_gauge(
            "cdmo_oldest_dirty_seconds",
            "Age of the oldest change not recomputed yet",
            lambda: scheduling.oldest_dirty_seconds(timezone.now()),
        )
        on_new_organization(give_frameworks)
        for kind in (PROPOSALS, RATES, RATINGS):
            register_kind(kind)
        register_feed_types(FEED)
        register_drawings(drawings)
        register_must_haves(MustHaves(scorecards_with_must_haves, must_have_standings))
        register_rubrics(
            lambda code: next((leaf.rubric for leaf in load_framework().leaves if leaf.code == code), ())
        )
        for item in (
            NavigationItem("dashboard", "Dashboard", "dashboard", 10),
            NavigationItem("scorecards", "Scorecards", "scorecards:list", 30),
            NavigationItem("programmes", "Programmes", "programs:list", 32),
            NavigationItem("proposals", "Proposals", "proposals:overview", 33, Permission.VIEW_COMMERCIAL),
            NavigationItem("ratings", "My ratings", "ratings:list", 34, permission=Permission.RATE),
            NavigationItem("shortlists", "Shortlists", "shortlists:list", 38),
            NavigationItem("questionnaires", "Questionnaires", "questionnaires:list", 44),
            NavigationItem("imports", "Imports & jobs", "jobs", 60),
            NavigationItem("exports", "Exports", "exports:list", 62, permission=Permission.EXPORT),
            NavigationItem("criteria-sets", "Criteria sets", "criteria:list", 36),
            NavigationItem("scoring", "Scoring defaults", "scoring_defaults", 92, Permission.MANAGE_SETTINGS),
            NavigationItem("method", "Method", "method", 99),
        ):
            register_navigation(item)
        for source in search_sources.SOURCES:
            register_source(source)
        register_pages(*search_sources.PAGES)
