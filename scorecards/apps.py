"""The scorecards app."""

from django.apps import AppConfig
from django.utils import timezone


class ScorecardsConfig(AppConfig):
    """Criteria sets, programmes, candidates, scorecards, runs and results."""

    name = "scorecards"

    def ready(self) -> None:
        """Tell the edges what this app adds: health, a gauge, and what a new organisation begins with."""
        from cdmo_eval.core.organizations import on_new_organization  # noqa: PLC0415 - needs loaded models
        from cdmo_eval.core.policies import Permission  # noqa: PLC0415
        from cdmo_eval.core.rubrics import register_rubrics  # noqa: PLC0415
        from cdmo_eval.http.context import NavigationItem, register_navigation  # noqa: PLC0415
        from cdmo_eval.http.health import register_check  # noqa: PLC0415
        from cdmo_eval.http.metrics import register_gauge  # noqa: PLC0415
        from scorecards import scheduling  # noqa: PLC0415
        from scorecards.frameworks import load_framework  # noqa: PLC0415
        from scorecards.selectors.proof import what_differs  # noqa: PLC0415
        from scorecards.services.frameworks import give_frameworks  # noqa: PLC0415

        def recomputes_keep_up() -> str:
            waiting = scheduling.oldest_dirty_seconds(timezone.now())
            return (
                f"a change has waited {waiting:.0f} s for its recompute"
                if waiting > scheduling.PATIENCE_SECONDS
                else ""
            )

        register_check("recompute", recomputes_keep_up)
        register_check("consistency", what_differs)
        register_gauge(
            "cdmo_oldest_dirty_seconds",
            "Age of the oldest change not recomputed yet",
            lambda: scheduling.oldest_dirty_seconds(timezone.now()),
        )
        on_new_organization(give_frameworks)
        register_rubrics(
            lambda code: next((leaf.rubric for leaf in load_framework().leaves if leaf.code == code), ())
        )
        for item in (
            NavigationItem("dashboard", "Dashboard", "dashboard", 10),
            NavigationItem("scorecards", "Scorecards", "scorecards:list", 30),
            NavigationItem("programmes", "Programmes", "programs:list", 32),
            NavigationItem("ratings", "My ratings", "ratings:list", 34, permission=Permission.RATE),
            NavigationItem("imports", "Imports & jobs", "jobs", 60),
            NavigationItem("criteria-sets", "Criteria sets", "criteria:list", 36),
            NavigationItem("scoring", "Scoring defaults", "scoring_defaults", 92, Permission.MANAGE_SETTINGS),
            NavigationItem("method", "Method", "method", 90),
        ):
            register_navigation(item)
