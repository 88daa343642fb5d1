"""The Celery application. Settings come from Django's, names starting with CELERY_."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")

app = Celery("cdmo_eval")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]
def keep_djangos_logging(**_: object) -> None:
    """Connecting anything here keeps Celery from replacing the handlers that Django set up."""
