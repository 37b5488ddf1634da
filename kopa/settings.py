"""Settings of KOPA: read from the environment, safe by default (docs/operations.md lists every name).

``python3 manage.py up`` and ``python3 manage.py test`` set ``KOPA_EMBEDDED=1`` and the addresses of the
servers they start. Every other start uses HTTPS, HSTS and secure cookies, and refuses to run without
``SECRET_KEY``.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF

from kopa import environment as env
from kopa import logs

BASE_DIR = Path(__file__).resolve().parent.parent
EMBEDDED = env.flag("KOPA_EMBEDDED")
HOME = Path(env.text("KOPA_HOME", str(BASE_DIR / "var" / "home"))).expanduser().resolve()
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.listed("SECRET_KEY_FALLBACKS")
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000" if EMBEDDED else "").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else [])

# --- Servers -----------------------------------------------------------------------------------------------
DATABASES = {"default": env.database(env.text("DATABASE_URL", "postgresql://kopa@localhost/kopa"))}
REDIS_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "kopa",
    }
}
CELERY_BROKER_URL = env.celery_url(REDIS_URL)
# Nobody waits for a broker that is away: a request tells no worker then, and the timetable does it later.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
CELERY_RESULT_BACKEND = CELERY_BROKER_URL
CELERY_RESULT_EXPIRES = 3600
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_IGNORE_RESULT = True
# Files of thousands of rows have a worker of their own: nobody's letter waits behind them.
CELERY_TASK_ROUTES = {
    name: {"queue": "imports"}
    for name in ("offerings.check_import", "offerings.save_import", "offerings.undo_import")
}
CELERY_TIMEZONE = "UTC"
DJANGO_CELERY_BEAT_TZ_AWARE = True
CELERY_BEAT_SCHEDULE = {
    "take up imports": {
        "task": "offerings.take_up_imports",
        "schedule": crontab(minute="*/5"),
    },
    "forget old imports": {
        "task": "offerings.forget_old_imports",
        "schedule": crontab(hour="2", minute="50"),
    },
    "end idle sittings": {
        "task": "offerings.end_idle_sittings",
        "schedule": crontab(minute="*/15"),
    },
    "forget what has expired": {
        "task": "accounts.forget_what_has_expired",
        "schedule": crontab(hour="2", minute="30"),
    },
    "answer who forgot a password": {"task": "accounts.answer_password_requests", "schedule": crontab()},
    "answer who asked for a link": {"task": "accounts.answer_link_requests", "schedule": crontab()},
    "send the letters that wait": {"task": "letters.deliver_what_waits", "schedule": crontab()},
    # Seven o'clock in Helsinki in winter, on weekdays: when the letter can be answered.
    "ask whether places still hold": {
        "task": "offerings.ask_for_confirmation",
        "schedule": crontab(hour="5", minute="0", day_of_week="mon-fri"),
    },
    "follow applications": {"task": "applications.follow_all", "schedule": crontab()},
    "recount places": {"task": "applications.recount_places", "schedule": crontab(hour="3", minute="20")},
    # Seven in Helsinki, six in Stockholm in winter: before the day's work.
    "remind of statements": {
        "task": "applications.remind_of_statements",
        "schedule": crontab(hour="5", minute="5", day_of_week="mon-fri"),
    },
    "remind of applications": {
        "task": "applications.remind_of_applications",
        "schedule": crontab(hour="5", minute="5", day_of_week="mon-fri"),
    },
    "forget applications": {
        "task": "applications.forget_what_is_over",
        "schedule": crontab(hour="2", minute="45"),
    },
    "forget old letters": {"task": "letters.forget_old_letters", "schedule": crontab(hour="2", minute="40")},
    "forget answered error reports": {
        "task": "corrections.forget_handled",
        "schedule": crontab(hour="2", minute="40"),
    },
    # After midnight in both countries; at every hour, since midnight differs and a worker may be away.
    "follow the divisions": {"task": "portal.follow_divisions", "schedule": crontab(minute="2")},
    "sweep the search": {"task": "offerings.sweep_search", "schedule": crontab(minute="10")},
}
for _name, _value in env.email(
    env.text("EMAIL_URL", f"file://{HOME}/mail" if EMBEDDED else "smtp://localhost")
).items():
    globals()[_name] = _value
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "KOPA <kopa@localhost>")

# --- Applications ------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "template_partials",
    "axes",
    "csp",
    "django_celery_beat",
    "django_prometheus",
    "django_structlog",
    "kopa.apps.KopaConfig",
    "kopa.base",
    "kopa.codes",
    "kopa.audit",
    "kopa.letters",
    "kopa.accounts",
    "municipalities",
    "providers",
    "pilots",
    "agreements",
    "offerings",
    "applications",
    "corrections",
    "kopa.portal",
]
MIDDLEWARE = [
    "kopa.logs.RequestLog",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "kopa.portal.middleware.policies",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # With random padding of its own, so that the length gives no secret away (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "kopa.base.api.middleware.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "kopa.portal.middleware.language_choice",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kopa.accounts.middleware.ActingRole",
    "kopa.accounts.middleware.PersonalPages",
    "kopa.accounts.middleware.BackToThePage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "kopa.urls"
WSGI_APPLICATION = "kopa.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kopa.portal.context.page",
            ],
        },
    }
]
FORM_RENDERER = "kopa.base.forms.KopaRenderer"

# --- People ------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
SIGN_IN_LINK_LASTS = dt.timedelta(minutes=30)
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "portal:start"
LOGOUT_REDIRECT_URL = "portal:home"
SESSION_ENGINE = "kopa.accounts.sessions"
SESSION_IDLE = dt.timedelta(hours=2)  # without a request
SESSION_LONGEST = dt.timedelta(hours=12)  # in any case
SESSION_COOKIE_AGE = 60 * 60 * 12
AXES_HANDLER = "kopa.accounts.throttle.Throttle"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]  # this order is known to the handler
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "kopa.base.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "kopa.accounts.throttle.keep_our_answer"
AXES_DISABLE_ACCESS_LOG = True  # who signed in when is nobody's business
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

# --- Languages and time ------------------------------------------------------------------------------------
LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", "suomi"), ("sv", "svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "kopa_language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
USE_TZ = True
TIME_ZONE = "Europe/Helsinki"

# --- Security ----------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = not EMBEDDED
SECURE_HSTS_SECONDS = 0 if EMBEDDED else 60 * 60 * 24 * 365
SECURE_HSTS_INCLUDE_SUBDOMAINS = not EMBEDDED
SECURE_HSTS_PRELOAD = not EMBEDDED
SECURE_REDIRECT_EXEMPT = [r"^health/"]
if env.flag("HTTPS_FROM_PROXY", default=not EMBEDDED):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not EMBEDDED
SESSION_COOKIE_NAME = "kopa_session" if EMBEDDED else "__Host-kopa_session"
CSRF_COOKIE_NAME = "kopa_csrf" if EMBEDDED else "__Host-kopa_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kopa.portal.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# The zoomable map: off without an address. Its host is the only foreign one that pages may load from.
KOPA_TILES = env.tiles(env.text("KOPA_TILES"), env.text("KOPA_TILES_ATTRIBUTION"))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *(env.origin(KOPA_TILES["url"]) if KOPA_TILES else [])],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- Files for the browser ---------------------------------------------------------------------------------
ASSETS_ROOT = BASE_DIR / "var" / "assets"
# Where in node_modules each third-party file lies, and where the page finds it. Nothing else is copied.
ASSETS = {
    "designsystemet/index.css": "@digdir/designsystemet-css/dist/src/index.css",
    "font/source-sans-3-latin-wght-normal.woff2": (
        "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2"
    ),
    "font/source-sans-3-latin-ext-wght-normal.woff2": (
        "@fontsource-variable/source-sans-3/files/source-sans-3-latin-ext-wght-normal.woff2"
    ),
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet/images/layers.png": "leaflet/dist/images/layers.png",
    "leaflet/images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "leaflet/images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
}
# The same for what is read when reference data is loaded: into var/assets/data, never served.
ASSETS_FOR_LOADING = {"countries-10m.json": "world-atlas/countries-10m.json"}
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", ASSETS_ROOT / "vendor")]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Files that people bring (kopa.base.uploads). No address leads there.
    "uploads": env.uploads(env.text("UPLOADS_URL", (HOME / "uploads").as_uri())),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = HOME / "files"

# --- API ---------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["drf_orjson_renderer.renderers.ORJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "kopa.base.api.schema.KopaSchema",
    "DEFAULT_PAGINATION_CLASS": "kopa.base.api.paging.Pages",
    "EXCEPTION_HANDLER": "kopa.base.api.problems.problem",
    "DEFAULT_THROTTLE_CLASSES": ["kopa.base.api.throttle.AnonymousReading"],
    "DEFAULT_VERSIONING_CLASS": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_METADATA_CLASS": None,
}
# Reading without signing in, per address. Never less than 10 a second with a burst of 120 (docs/api.md
# promises it).
API_READS_PER_SECOND = env.number("API_READS_PER_SECOND", 20)
API_READ_BURST = env.number("API_READ_BURST", 240)
SPECTACULAR_SETTINGS = {
    "TITLE": "KOPA API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["kopa.portal.api_description.complete"],
    "SORT_OPERATION_PARAMETERS": False,
}

# --- Watching ----------------------------------------------------------------------------------------------
LOGGING = logs.configuration(env.text("LOG_LEVEL", "INFO").upper())
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# Whoever shows this word as a bearer token may read /metrics.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- KOPA's own --------------------------------------------------------------------------------------------
# Where an outsider's word is asked for on the accessibility and privacy pages.
CONTACT_EMAIL = env.text("CONTACT_EMAIL", "kopa@localhost")
# Defaults of DOMAIN.md rules that a later agreement or offering may set otherwise.
CLOSING_HOUR = {"FI": "15:00:00", "SE": "23:59:59"}
QUOTA_RELEASE_DAYS = 10  # after applications close (R-CAP-4)
STATEMENT_WORKING_DAYS = 10  # for the home municipality's statement (R-HOME-4)
# Days for an appeal against it, by country and first day: Finland's Local Government Act 410/2015, Sweden's
# Administrative Procedure Act 2017:900.
STATEMENT_APPEAL_DAYS = {"FI": {"2015-06-01": 14}, "SE": {"2018-07-01": 21}}
# The same against a host's decision on reception or admission: Finland's acts 531/2017 and 714/2018, Sweden's
# Administrative Procedure Act.
DECISION_APPEAL_DAYS = {"FI": {"2018-01-01": 14}, "SE": {"2018-07-01": 21}}
# How long what belongs to applications is kept (R-PRIV-7, applications/retention.py).
RETENTION = {
    "draft": {"days": 90},
    "not_admitted": {"months": 12},
    "admitted": {"months": 24},
    "journal": {"months": 60},
}
REPLY_DAYS = 7  # for answering an offer of a place (R-CAP-9)
REPLY_DAYS_LATE = 2  # where it is made in the last REPLY_LATE_FROM days before the course starts
REPLY_LATE_FROM = 14
FREE_WITHDRAWAL_DAYS = 7  # after dates, site, mode or price basis of a course have changed (R-APP-6)
UPLOAD_MOST_BYTES = 10 * 1024**2  # in one file
UPLOAD_MOST_PIXELS = 52_000_000  # in one picture: an A4 page at 600 dpi has 35, a phone's largest 50 million
UPLOAD_QUOTA_FILES = 50  # of one person
UPLOAD_QUOTA_BYTES = 100 * 1024**2
