"""Configured by environment variables: see README.md."""

import os
from pathlib import Path
from urllib.parse import urlsplit

ISSUER = os.environ["ISSUER"]
BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:3000")
SECRET_KEY = os.environ["SESSION_SECRET"]
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname]
ROOT_URLCONF = "product.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "mozilla_django_oidc"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(os.environ.get("DATABASE", "db.sqlite3"))}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https:")

AUTHENTICATION_BACKENDS = ["product.auth.Backend"]
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
OIDC_RP_CLIENT_ID = os.environ["CLIENT_ID"]
OIDC_RP_CLIENT_SECRET = os.environ["CLIENT_SECRET"]
OIDC_RP_SCOPES = "openid profile email roles"
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{ISSUER}/oauth/authorize"
OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/oauth/token"
OIDC_OP_USER_ENDPOINT = f"{ISSUER}/oauth/userinfo"
OIDC_OP_JWKS_ENDPOINT = f"{ISSUER}/.well-known/jwks.json"
OIDC_OP_LOGOUT_URL_METHOD = "product.auth.logout_url"
OIDC_STORE_ACCESS_TOKEN = True
OIDC_STORE_ID_TOKEN = True
