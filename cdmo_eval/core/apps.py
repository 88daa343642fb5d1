"""The core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Organisations, people, tokens, jobs, the audit trail."""

    name = "cdmo_eval.core"
    label = "core"
