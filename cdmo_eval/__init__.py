"""CDMO Eval: choose a contract development and manufacturing organisation on evidence."""

from cdmo_eval.celery import app as celery_app

__all__ = ["celery_app"]
