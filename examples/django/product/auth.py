"""What mozilla-django-oidc is told about Vestibule: who somebody is, and where to sign out."""

from urllib.parse import urlencode

from django.conf import settings
from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class Backend(OIDCAuthenticationBackend):
    """People are known by `sub`, which never changes. The library's default is the email address, which does."""

    def filter_users_by_claims(self, claims):
        return self.UserModel.objects.filter(username=claims["sub"])

    def get_username(self, claims):
        return claims["sub"]

    def update_user(self, user, claims):
        user.email = claims.get("email", "")
        user.save(update_fields=["email"])
        return user

    def get_or_create_user(self, access_token, id_token, payload):
        """`payload` is the verified ID token. Its ids are kept for the back-channel logout."""
        user = super().get_or_create_user(access_token, id_token, payload)
        if user:
            self.request.session["vestibule"] = {"sub": payload["sub"], "sid": payload["sid"]}
        return user


def logout_url(request):
    query = {"post_logout_redirect_uri": f"{settings.BASE_URL}/", "client_id": settings.OIDC_RP_CLIENT_ID}
    if token := request.session.get("oidc_id_token"):
        query["id_token_hint"] = token
    return f"{settings.ISSUER}/oauth/logout?{urlencode(query)}"
