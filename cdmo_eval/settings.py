"""All settings, each knob from the environment. docs/operations.md lists the variables."""

import ipaddress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from cdmo_eval import env, logs

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.choice("CDMO_ENV", "development", ("development", "production"))
PRODUCTION = ENVIRONMENT == "production"
PROCESS = env.choice("CDMO_PROCESS", "command", ("web", "worker", "reconcile", "command"))
DEBUG = False  # never: error pages would show data; `make run` prints tracebacks in its log

DEVELOPMENT_KEY = "only-for-development-and-tests-0123456789abcdefghijklmnop"  # refused in production below
SECRET_KEY = env.text("CDMO_SECRET_KEY", "" if PRODUCTION else DEVELOPMENT_KEY)
TOKEN_PEPPER = env.text("CDMO_TOKEN_PEPPER", "" if PRODUCTION else DEVELOPMENT_KEY)
if PRODUCTION:
    for _name, _value in (("CDMO_SECRET_KEY", SECRET_KEY), ("CDMO_TOKEN_PEPPER", TOKEN_PEPPER)):
        if len(_value) < 40 or _value == DEVELOPMENT_KEY:
            raise env.SettingError(_name, "needs a secret of at least 40 characters of your own")
    for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CDMO_HOSTS"):
        if not env.text(_name):
            raise env.SettingError(_name, "must be set when CDMO_ENV=production")
ALLOWED_HOSTS = env.words("CDMO_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.words("CDMO_TRUSTED_ORIGINS")
TRUSTED_PROXIES = [ipaddress.ip_network(text) for text in env.words("CDMO_TRUSTED_PROXIES")]

INSTALLED_APPS = [
    "cdmo_eval.core",
    "vendors",
    "scorecards",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "cdmo_eval.http.addresses.ClientAddressMiddleware",
    "cdmo_eval.http.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cdmo_eval.http.sessions.SessionLimitsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "cdmo_eval.http.conditional.ApiConditionalMiddleware",
    "cdmo_eval.http.scope.ScopeMiddleware",
]
ROOT_URLCONF = "cdmo_eval.urls"
WSGI_APPLICATION = "cdmo_eval.wsgi.application"
AUTH_USER_MODEL = "core.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["models.W042"]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cdmo_eval.http.context.page",
            ],
        },
    }
]

# Database --------------------------------------------------------------------------------------------------------
_app = env.database("DATABASE_URL", "postgresql://cdmo_app@localhost/cdmo")
_owner = env.database("DATABASE_OWNER_URL", "postgresql://cdmo_owner@localhost/cdmo")
STATEMENT_SECONDS = {"web": 15, "worker": 55, "reconcile": 55, "command": 0}[PROCESS]
DATABASES = {
    "default": {
        "ENGINE": "cdmo_eval.core.db",
        **_app,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            **_app["OPTIONS"],
            "options": f"-c statement_timeout={STATEMENT_SECONDS * 1000} -c lock_timeout=3000 "
            "-c idle_in_transaction_session_timeout=30000 -c jit=off -c timezone=UTC",
        },
        "OWNER": {"user": _owner["USER"], "password": _owner["PASSWORD"] or None},
    }
}

# Sign-in ---------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "cdmo_eval.http.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "cdmo_eval.http.account_forms.LoginForm",
    "change_password": "cdmo_eval.http.account_forms.ChangePasswordForm",
    "reset_password": "cdmo_eval.http.account_forms.ResetPasswordForm",
    "reset_password_from_key": "cdmo_eval.http.account_forms.ResetPasswordKeyForm",
    "reauthenticate": "cdmo_eval.http.account_forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by an administrator, who vouches for the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = (
    False  # django-axes counts failures in the database; allauth's counters would need a shared cache
)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "CDMO Eval"
USERSESSIONS_TRACK_ACTIVITY = False
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "cdmo_eval.http.accounts.lockout_name"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_IPWARE_PROXY_COUNT = None if TRUSTED_PROXIES else env.integer("CDMO_PROXIES", 0, low=0, high=5)
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # not the broker: sign-in must not depend on it
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cdmo_eval.http.problems.csrf_failure"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("CDMO_EMAIL_FROM", "cdmo-eval@localhost")
if env.text("CDMO_EMAIL_URL"):
    _mail = urlsplit(env.text("CDMO_EMAIL_URL"))
    if _mail.scheme not in {"smtp", "smtps"} or not _mail.hostname:
        raise env.SettingError(
            "CDMO_EMAIL_URL", "must look like smtp://user:password@host:587 (smtps:// for TLS from the start)"
        )
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or (465 if _mail.scheme == "smtps" else 587)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.username or "", _mail.password or ""
    EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.scheme == "smtps", _mail.scheme == "smtp"
DIGEST_HOUR = env.integer("CDMO_DIGEST_HOUR", 6, low=0, high=23)
BASE_URL = env.text(
    "CDMO_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else "http://127.0.0.1:8000"
).rstrip("/")

# Security --------------------------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.flag("CDMO_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

# Files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = (
    BASE_DIR / "staticfiles" if PRODUCTION else None
)  # elsewhere nothing is collected: the finders serve
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("CDMO_FILES", str(BASE_DIR / ".local" / "files")))
PDF_FONTS: list[Path] = [Path(folder)] if (folder := env.text("CDMO_PDF_FONTS", "")) else []
EXPORT_DAYS = env.integer("CDMO_EXPORT_DAYS", 30, low=1, high=3650)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# Live sources ----------------------------------------------------------------------------------------------------
FDA_DASHBOARD: dict[str, Any] = {
    "url": env.text("CDMO_FDA_DASHBOARD_URL", "https://api-datadashboard.fda.gov/v1").rstrip("/"),
    "user": env.text("CDMO_FDA_DASHBOARD_USER"),
    "key": env.text("CDMO_FDA_DASHBOARD_KEY"),
}
OPENFDA: dict[str, Any] = {
    "url": env.text("CDMO_OPENFDA_URL", "https://api.fda.gov").rstrip("/"),
    "key": env.text("CDMO_OPENFDA_KEY"),
}

# Webhooks --------------------------------------------------------------------------------------------------------
WEBHOOK_NETWORKS = env.networks("CDMO_WEBHOOK_NETWORKS")

# Words -----------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# REST ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cdmo_eval.http.authentication.TokenAuthentication",
        "cdmo_eval.http.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "cdmo_eval.http.pagination.NumberedPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["cdmo_eval.http.throttling.TokenThrottle"],
    "EXCEPTION_HANDLER": "cdmo_eval.http.problems.api_exception_handler",
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CDMO Eval",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Vendors, evidence, official records and scores, by programme. docs/api.md has examples.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATIONS": True,
    "POSTPROCESSING_HOOKS": [
        "cdmo_eval.http.schema.with_problems"
    ],  # no enum hook: codes stand where they are used: one name for every list of them could not be kept apart
}
THROTTLE_PER_MINUTE = {
    "read": env.integer("CDMO_READS_PER_MINUTE", 600, low=1, high=1_000_000),
    "write": env.integer("CDMO_WRITES_PER_MINUTE", 120, low=1, high=1_000_000),
    "heavy": env.integer("CDMO_HEAVY_PER_MINUTE", 20, low=1, high=1_000_000),
}

# Background work -------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
_web = PROCESS in {"web", "command"}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 1 if _web else 5,
    "socket_connect_timeout": 0.5 if _web else 2,
    "health_check_interval": 10,
    "socket_keepalive": True,
    "max_retries": 0,
    "global_keyprefix": env.text("CDMO_QUEUE_PREFIX", "cdmo:"),
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "cdmo"
CELERY_BEAT_SCHEDULE = {
    "nightly": {
        "task": "scorecards.nightly",
        "schedule": 900.0,
    },  # claims its period itself, so often is harmless
    "prove_published": {
        "task": "scorecards.prove_published",
        "schedule": 300.0,
    },  # each scorecard once a day, in slices
    "tell_members": {"task": "core.tell_members", "schedule": 60.0},  # behind a cursor, so often is harmless
    "send_webhooks": {"task": "core.send_webhooks", "schedule": 15.0},  # further tries that have become due
    "digests": {"task": "core.digests", "schedule": 600.0},  # claims the day of each person itself
    "purge": {"task": "core.purge", "schedule": 3600.0},  # claims the day of each organisation itself
}
RECONCILE_AFTER_SECONDS = env.integer("CDMO_RECONCILE_AFTER", 5, low=1, high=600)

LOGGING = logs.logging_settings(
    level=env.choice("CDMO_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    readable=env.flag("CDMO_LOG_READABLE", default=not PRODUCTION),
)
logs.configure_structlog()
