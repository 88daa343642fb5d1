"""The web application, for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
application = get_wsgi_application()
pages = get_resolver().url_patterns  # imported now, not by the first who asks for one
# what is loaded by now stays as long as the process: the collector need not go through it at each of its rounds
gc.collect()
gc.freeze()
