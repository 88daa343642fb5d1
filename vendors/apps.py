"""The app of the vendors: who they are, what is known about them and how well."""

from django.apps import AppConfig


class VendorsConfig(AppConfig):
    """Vendors, their sites and capabilities, their evidence and their regulatory records."""

    name = "vendors"
    verbose_name = "Vendors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the directory into the sidebar."""
        from cdmo_eval.http.context import NavigationItem, register_navigation  # noqa: PLC0415 - needs loaded apps

        register_navigation(NavigationItem("vendors", "Vendors", "vendors:directory", order=20))
