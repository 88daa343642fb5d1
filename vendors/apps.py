"""The app of the vendors: who they are, what is known about them and how well."""

from django.apps import AppConfig


class VendorsConfig(AppConfig):
    """Vendors, their sites and capabilities, their evidence and their regulatory records."""

    name = "vendors"
    verbose_name = "Vendors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the directory into the sidebar, and say how what stands on the feed of changes is read."""
        from cdmo_eval.core.changes import register_feed_types  # noqa: PLC0415 - needs loaded apps
        from cdmo_eval.core.retention import Kind, register_retention  # noqa: PLC0415
        from cdmo_eval.core.subjects import register_subject  # noqa: PLC0415
        from cdmo_eval.http.context import NavigationItem, register_navigation  # noqa: PLC0415 - needs loaded apps
        from cdmo_eval.http.search import register_pages, register_source  # noqa: PLC0415
        from vendors.feed import FEED  # noqa: PLC0415
        from vendors.imports.own_kinds import register_own_kinds  # noqa: PLC0415
        from vendors.imports.uploads import discard_forgotten  # noqa: PLC0415
        from vendors.views import search_sources  # noqa: PLC0415

        register_retention(
            Kind(
                "import_files",
                "Files checked and never loaded",
                "Counted from the upload.",
                30,
                discard_forgotten,
            )
        )
        for subject_type, view, key in (
            ("vendor", "vendors:profile", ""),
            ("site", "vendors:sites", "vendor"),
            ("evidence", "vendors:evidence_record", ""),
            ("cda", "vendors:dealings", "vendor"),
            ("certificate", "vendors:profile", "vendor"),
            ("qualification", "vendors:qualification", ""),
            ("import", "vendors:import", ""),
        ):
            register_subject(subject_type, view, key=key)
        register_navigation(NavigationItem("vendors", "Vendors", "vendors:directory", order=20))
        register_navigation(NavigationItem("evidence", "Evidence", "evidence", order=24))
        for source in search_sources.SOURCES:
            register_source(source)
        register_pages(*search_sources.PAGES)
        register_own_kinds()
        register_feed_types(FEED)
