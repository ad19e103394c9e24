"""The address that providers post to, one for each inbox: check who it is, store, and only then say 200."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ramah.channels.commands import take_in
from ramah.channels.commands.accounts import note_in
from ramah.channels.kinds import kind_of
from ramah.channels.queries import account_at
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import NotVisible
from ramah.kernel.providers.contract import Answer, NotSigned, Posted, Unreadable

MOST_BYTES = 4 * 1024 * 1024  # Meta posts up to 3 MB at once


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public("provider webhook, signature checked")
def hook(request: HttpRequest, channel: str, inbox_key: str, rest: str = "") -> HttpResponse:
    """Take in what a provider posts; answer what it asks."""
    kind = kind_of(channel)
    account = account_at(channel, inbox_key)
    if kind is None or account is None:
        raise NotVisible
    body = request.read(MOST_BYTES + 1) if request.method == "POST" else b""
    if len(body) > MOST_BYTES:
        return HttpResponse("That is too large.", status=413, content_type="text/plain")
    posted = Posted(
        method=request.method or "GET",
        path=rest,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        body=body,
        url=request.build_absolute_uri(),
    )
    now = clock.now()
    try:
        answer = kind.greet(posted, account)
        if request.method == "POST":
            raws = kind.read_hook(posted, account, now)
            if raws:
                take_in(inbox_id=account.inbox_id, raws=raws, at=now)
                note_in(account, at=now)
            answer = answer or Answer("Taken in.")
    except NotSigned:
        return HttpResponse("The signature is wrong.", status=403, content_type="text/plain")
    except Unreadable as error:
        return HttpResponse(f"That is not understood here: {error}", status=422, content_type="text/plain")
    if answer is None:
        return HttpResponse("Nothing is to be seen here.", status=404, content_type="text/plain")
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
