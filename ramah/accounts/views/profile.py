"""Settings: one's own profile, sessions and second factors."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ramah.accounts import commands, queries
from ramah.accounts.browsers import browser_of
from ramah.accounts.forms import ProfileForm
from ramah.kernel import clock
from ramah.kernel.access import ANY_AGENT, access, actor_of
from ramah.ui.preferences import COOKIE_SECONDS, THEME_COOKIE


@access(ANY_AGENT)
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone, signature, theme; sessions and second factors."""
    agent = queries.acting_agent_row(actor_of(request))
    initial = {
        "name": agent.name,
        "language": agent.user.language,
        "time_zone": agent.time_zone,
        "signature": agent.signature,
        "theme": request.COOKIES.get(THEME_COOKIE, ""),
    }
    form = ProfileForm(request.POST or None, initial=initial, languages=_languages())
    if form.is_valid():
        return _save(request, form)
    present = request.session.session_key
    sessions = [
        {"session": row, "browser": browser_of(row.user_agent), "is_current": row.session_key == present}
        for row in queries.sessions_of(agent.user, at=clock.now())
    ]
    factors = queries.second_factors().filter(user=agent.user)
    context = {"form": form, "agent": agent, "sessions": sessions, "factors": factors}
    return render(request, "accounts/profile.html", context)


def _save(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    given = dict(form.cleaned_data)
    theme = given.pop("theme")
    agent = queries.acting_agent_row(actor_of(request))
    commands.change_profile(actor=actor_of(request), agent=agent, at=clock.now(), **given)
    with translation.override(given["language"] or translation.get_language()):
        messages.success(request, _("Saved."))
    response = redirect("accounts_profile")
    for cookie, value in ((THEME_COOKIE, theme), (settings.LANGUAGE_COOKIE_NAME, given["language"])):
        if value:
            response.set_cookie(cookie, value, max_age=COOKIE_SECONDS, samesite="Lax")
        else:
            response.delete_cookie(cookie)
    return response


def _languages() -> list[tuple[str, str]]:
    return [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


@access(ANY_AGENT)
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of one's own sessions."""
    agent = queries.acting_agent_row(actor_of(request))
    ended = commands.end_own_session(
        actor=actor_of(request), user_id=agent.user_id, session_id=session_id, at=clock.now()
    )
    messages.success(request, _("The session has ended.") if ended else _("That session had ended already."))
    return redirect("accounts_profile")


@access(ANY_AGENT)
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this one."""
    agent = queries.acting_agent_row(actor_of(request))
    commands.end_other_sessions(
        actor=actor_of(request), user_id=agent.user_id, keep=request.session.session_key or "", at=clock.now()
    )
    messages.success(request, _("All other sessions have ended."))
    return redirect("accounts_profile")
