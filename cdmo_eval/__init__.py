"""CDMO Eval: choose a contract development and manufacturing organisation on evidence."""

import os

# One BLAS thread per process: the products are small, and waiting threads would spin on the cores of the database.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from cdmo_eval.celery import app as celery_app  # noqa: E402 - the threads are counted when NumPy is imported

__all__ = ["celery_app"]
