import jwt
import requests
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
keys = jwt.PyJWKClient(settings.OIDC_OP_JWKS_ENDPOINT)


def signed_out(status=200):
    return HttpResponse('<!doctype html><title>Django</title><a href="/oidc/authenticate/">Sign in</a>', status=status)


def home(request):
    """Answered from the app's own session, which ends when Vestibule calls /backchannel-logout."""
    if not request.user.is_authenticated:
        return signed_out()
    return HttpResponse(
        format_html(
            '<!doctype html><title>Django</title>Signed in as {}. <a href="/roles">Roles</a>'
            '<form method="post" action="/oidc/logout/"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            "<button>Sign out</button></form>",
            request.user.email,
            get_token(request),
        )
    )


def roles(request):
    """Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once."""
    if not request.user.is_authenticated:
        return signed_out(401)
    bearer = {"Authorization": f"Bearer {request.session['oidc_access_token']}"}
    answer = requests.get(settings.OIDC_OP_USER_ENDPOINT, headers=bearer, timeout=5)
    if answer.status_code == 401:
        logout(request)
        return signed_out(401)
    answer.raise_for_status()
    return HttpResponse(format_html("<!doctype html><title>Django</title>Roles: {}", ", ".join(answer.json()["roles"])))


@csrf_exempt
@require_POST
def backchannel_logout(request):
    try:
        token = request.POST.get("logout_token", "")
        decoded = jwt.decode_complete(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["RS256"],
            issuer=settings.ISSUER,
            audience=settings.OIDC_RP_CLIENT_ID,
            leeway=120,
            options={"require": ["iss", "aud", "iat", "exp", "events"]},
        )
        claims = decoded["payload"]
        if decoded["header"].get("typ") != "logout+jwt" or LOGOUT not in claims["events"] or "nonce" in claims:
            raise jwt.InvalidTokenError("no logout token")
    except jwt.PyJWTError as error:
        return JsonResponse({"error": "invalid_request", "error_description": str(error)}, status=400)
    # A token with a sid ends that session, one without ends every session of the person. A product with many sessions
    # keeps a table of (sid, sub, session key) instead of reading them all.
    name = "sid" if "sid" in claims else "sub"
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("vestibule", {}).get(name) == claims[name]:
            session.delete()
    return HttpResponse(status=204)
