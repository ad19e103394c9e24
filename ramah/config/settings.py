"""Typed settings from the environment. A wrong value stops the start with its name and what is accepted."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.utils.translation import gettext_lazy as _

from ramah.config.email_settings import WrongEmailURL, django_email_settings
from ramah.config.environment import Environment, WrongSetting

ENV = Environment.read()
HOME = ENV.home
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = ENV.old_secret_keys
BASE_URL = ENV.base_url
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = [ENV.base_url]
BEHIND_PROXY = ENV.behind_proxy
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.behind_proxy else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "ramah.accounts",  # before allauth, whose templates it replaces
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "anymail",
    "payments",
    "ramah.kernel",
    "ramah.ui",
    "ramah.customers",
    "ramah.promises",
    "ramah.commerce",
    "ramah.conversations",
    "ramah.shipping",
    "ramah.desk",
    "ramah.channels",
    "ramah.notices",
    "ramah.storefront",
]

MIDDLEWARE = [
    "ramah.config.metrics.count_requests",
    "django.middleware.security.SecurityMiddleware",
    "ramah.ui.middleware.security_headers",
    "ramah.kernel.middleware.refuse_nul",
    "ramah.ui.middleware.viewer_time_zone",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ramah.ui.middleware.DenialsAsPages",
    "ramah.kernel.middleware.request_origin",
    "ramah.accounts.middleware.actor",
]

ROOT_URLCONF = "ramah.config.urls"
ASGI_APPLICATION = "ramah.config.asgi.application"
WSGI_APPLICATION = "ramah.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Data
DATABASES: dict[str, dict[str, Any]] = {
    "default": dict(dj_database_url.parse(ENV.database_url, conn_max_age=60, conn_health_checks=True))
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # One writer at a time, readers never wait; IMMEDIATE takes the write lock at the start of a transaction, so that two
    # writers queue for it instead of one of them failing half way. Ours queue in order (see the backend).
    DATABASES["default"]["ENGINE"] = "ramah.kernel.sqlite3"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
        ),
    }

STORAGES = {
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": ENV.s3_options}
        if ENV.s3_options
        else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(HOME / "files")}}
    ),
    "staticfiles": {"BACKEND": "ramah.ui.static_files.StaticFiles"},
}
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"

# Installations may share a Redis: each has names of its own there, since sockets hear across its numbered databases.
_INSTALLATION = f"ramah-{hashlib.sha256(f'redis:{SECRET_KEY}'.encode()).hexdigest()[:16]}"
CACHES = {
    "default": (
        {"BACKEND": "ramah.config.cache.RedisOrMemory", "LOCATION": ENV.redis_url, "KEY_PREFIX": _INSTALLATION}
        if ENV.redis_url
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 50_000}}
    )
}
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [ENV.redis_url], "prefix": _INSTALLATION},
        }
        if ENV.redis_url
        else {"BACKEND": "ramah.kernel.one_process.OneProcessLayer"}
    )
}

# Mail out; the channel's transport reads it (default: files under RAMAH_HOME/outbox)
EMAIL_URL = ENV.email_url
try:
    vars().update(django_email_settings(ENV.email_url, host=urlsplit(ENV.base_url).hostname or "localhost"))
except WrongEmailURL as error:
    raise WrongSetting(f"ramah: {error}") from None
SMTP_PORT = ENV.smtp_port
SMTP_TLS = ENV.smtp_tls
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# Whose Authentication-Results are believed (our own mail servers), and whether Ramah looks DKIM keys up itself
TRUSTED_AUTHSERV_IDS = ENV.trusted_authserv_ids
VERIFY_DKIM = ENV.verify_dkim
ATTACHMENT_MAX_BYTES = ENV.attachment_max_bytes
INTAKE_MAX_BYTES = ENV.intake_max_bytes

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("id", _("Indonesian")), ("uk", _("Ukrainian"))]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
# What people see, where neither they nor a calendar say otherwise.
SHOP_TIME_ZONE = ENV.time_zone

# Log-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
PASSWORD_RESET_TIMEOUT = 3600
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
ACCOUNT_ADAPTER = "ramah.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "ramah.accounts.adapters.display_name"
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation proved the address
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# Counted in the cache: this process's memory in `ramah run`, Redis (required there) in a cluster.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "10/m/ip,3/10m/key",
    "shop_code": "20/10m/ip,60/h/ip", "shop_code_try": "40/10m/ip", "shop_phone": "20/h/user",
}  # fmt: skip
ALLAUTH_TRUSTED_PROXY_COUNT = int(ENV.behind_proxy)
MFA_ADAPTER = "ramah.accounts.adapters.SecondFactorAdapter"
ACCOUNT_FORMS = {"login": "ramah.accounts.forms.LoginForm", "reset_password": "ramah.accounts.forms.ResetPasswordForm"}
MFA_FORMS = {"add_webauthn": "ramah.accounts.forms.AddPasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Ramah"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ENV.base_url.startswith("http://")  # browsers allow it on localhost only
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ramah.ui.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.base_url.startswith("https://")
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
# Frames are refused by the content security policy; redirects to https, subdomains and preload lists are the proxy's.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W005", "security.W008", "security.W021"]

# Card and wallet: gateways by django-payments; see commerce.commands.gateways
PAYMENT_MODEL = "commerce.GatewayPayment"
PAYMENT_HOST, PAYMENT_USES_SSL = urlsplit(ENV.base_url).netloc, ENV.base_url.startswith("https://")
PAYMENT_VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {}
# There anybody "pays" by a click: never in earnest.
DEMO_GATEWAY: tuple[str, dict[str, Any]] = ("payments.dummy.DummyProvider", {})
if ENV.demo_payments:
    PAYMENT_VARIANTS["demo"] = DEMO_GATEWAY
if ENV.stripe:
    _keys = {"api_key": ENV.stripe.secret, "endpoint_secret": ENV.stripe.webhook_secret}
    PAYMENT_VARIANTS["stripe"] = ("ramah.commerce.stripe_gateway.StripeGateway", _keys)

LOGGING_CONFIG = "ramah.config.logs.configure"
LOGGING = {"json": ENV.log_json, "level": ENV.log_level}
METRICS_TOKEN = ENV.metrics_token
