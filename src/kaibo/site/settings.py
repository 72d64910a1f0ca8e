"""Django's settings. Everything an installation may change comes from the environment, named KAIBO_*."""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from kaibo.login.rights import Role
from kaibo.site.home_dir import home_dir, secret

KAIBO_HOME = home_dir()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("KAIBO_SECRET_KEY") or secret(KAIBO_HOME, "secret_key")
# viewers' ids are hashed with it: another key would make every viewer a new one, so it is backed up and never rotated
INSTALLATION_KEY = os.environ.get("KAIBO_INSTALLATION_KEY") or secret(KAIBO_HOME, "installation_key")
DEBUG = os.environ.get("KAIBO_DEBUG") == "1"
ALLOWED_HOSTS = [h for h in os.environ.get("KAIBO_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("KAIBO_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "kaibo.look",
    "kaibo.login",
    "kaibo.audit",
    "kaibo.jobs",
    "kaibo.imports",
    "kaibo.org",
    "kaibo.live",
    "kaibo.measurement",
    "kaibo.appraisal",
    "kaibo.closing",
    "kaibo.home",
    # below ours, so that our words win over theirs ("Sessions" are broadcasts here)
    # tables and flows of sign-in. `allauth` itself is not here: its templates cannot be found, so none is ever shown
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kaibo.home.body_limit.body_limit",
    "kaibo.home.only_text.only_text",
    "kaibo.home.only_sent.only_sent",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    # the request at hand, for what checks a second factor
    "allauth.account.middleware.AccountMiddleware",
    "kaibo.login.middleware.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "kaibo.site.urls"
WSGI_APPLICATION = "kaibo.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "kaibo.home.frame.frame",
            ],
            "builtins": [
                "kaibo.look.templatetags.look",
                "kaibo.audit.templatetags.seen",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("KAIBO_DATABASE_URL") or f"sqlite:///{KAIBO_HOME / 'kaibo.sqlite3'}", conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "login.User"
SESSION_ENGINE = "kaibo.login.session_store"
LOGIN_URL = "login:sign_in"
LOGIN_REDIRECT_URL = "home:today"
LOGOUT_REDIRECT_URL = "login:sign_in"
AUTHENTICATION_BACKENDS = ["kaibo.login.backend.WithGrants"]
PASSWORD_HASHERS = [
    "kaibo.login.hashing.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "kaibo.login.passwords.LongEnough", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# roles that must have a second factor: they can do nothing before they have set one up
SECOND_FACTOR_ROLES = [r.strip() for r in os.environ.get("KAIBO_SECOND_FACTOR", "").split(",") if r.strip()]
if set(SECOND_FACTOR_ROLES) - set(Role.values):
    raise ImproperlyConfigured(f"KAIBO_SECOND_FACTOR names {SECOND_FACTOR_ROLES}; roles are {', '.join(Role.values)}")

# the company's own sign-on; without an issuer there is none
OIDC: dict[str, str] = {}
if os.environ.get("KAIBO_OIDC_ISSUER"):
    OIDC = {
        "issuer": os.environ["KAIBO_OIDC_ISSUER"],
        "client_id": os.environ.get("KAIBO_OIDC_CLIENT_ID", ""),
        "client_secret": os.environ.get("KAIBO_OIDC_CLIENT_SECRET", ""),
        "name": os.environ.get("KAIBO_OIDC_NAME") or "公司统一登录",
    }
    if not OIDC["client_id"]:
        raise ImproperlyConfigured("KAIBO_OIDC_ISSUER is set: set KAIBO_OIDC_CLIENT_ID too")
    if not OIDC["issuer"].startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise ImproperlyConfigured("KAIBO_OIDC_ISSUER must begin with https://")

ACCOUNT_ADAPTER = "kaibo.login.adapter.Accounts"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
# kept in the database instead, so that all web processes count together: login/throttle.py
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "kaibo.login.adapter.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# steps of 30 seconds: a code typed in its last second arrives in the next one, and clocks differ
MFA_TOTP_TOLERANCE = 1

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
USE_I18N = True
# rooms that are no Django apps bring their own translations
LOCALE_PATHS = [PACKAGE / room / "locale" for room in ("sources", "facts", "kpi", "sample", "site")]
USE_TZ = True
# one installation is one company with one reporting zone and one accounting currency
TIME_ZONE = os.environ.get("KAIBO_ZONE", "Asia/Shanghai")
KAIBO_CURRENCY = os.environ.get("KAIBO_CURRENCY", "CNY")

STATIC_URL = "/static/"
STATIC_ROOT = KAIBO_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

FACTS_ROOT = KAIBO_HOME / "facts"
UPLOADS_ROOT = KAIBO_HOME / "uploads"
# what a killed web server was receiving lies there too, and is swept with the rest
UPLOADS_ROOT.mkdir(mode=0o700, exist_ok=True)
FILE_UPLOAD_TEMP_DIR = UPLOADS_ROOT
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# a card's tables of figures by room and month, edited whole
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
UPLOAD_LIMIT = 300 * 1024 * 1024

# rows about single viewers are erased so many days after their import; what was counted from them stays
EVENT_DAYS = int(os.environ.get("KAIBO_EVENT_DAYS", "90"))
# names, values and reasons of audit rows are erased after so many years (3 or more); 0: never. Who, what and when stay
AUDIT_YEARS = int(os.environ.get("KAIBO_AUDIT_YEARS", "3"))

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = os.environ.get("KAIBO_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # what stands in front says so; links of invitations and the company's sign-on must begin with https
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
# leading from http to https is the proxy's work; for other names of the domain and lists of browsers we do not speak
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # widths and positions in charts are inline styles
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

# how the numbers are made (design.md's rules); pages print them beside the number
BUSINESS_DAY_STARTS_AT = 6
SNAP_MINUTES = 15
HANDOVER_GAP_MINUTES = 5
REFUND_DAYS = 15
# for how long a newcomer's protection is proposed, from the day they came
NEWCOMER_DAYS = 60
# what planning warns of: hours of rest between two days' shifts, and hours of a calendar day before overtime
REST_HOURS = 11
DAY_HOURS = 8
# where a business day is halved for half a day of leave
HALF_DAY_AT = 14

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("KAIBO_LOG", "WARNING")},
}
