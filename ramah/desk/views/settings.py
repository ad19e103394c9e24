"""The entrance to the settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ramah.desk.acting import agent_of
from ramah.kernel.access import ANY_AGENT, access
from ramah.ui.navigation import SETTINGS, links_of


@access(ANY_AGENT)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All settings that the agent may open."""
    actor = agent_of(request)
    return render(
        request, "desk/settings.html", {"links": [link for link in links_of(SETTINGS) if actor.may(link.permission)]}
    )
