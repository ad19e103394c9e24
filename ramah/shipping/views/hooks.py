"""The address that carriers post to, one for each account: check who it is, store, and only then say 200."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import NotVisible
from ramah.kernel.providers.contract import NotSigned, Posted, Unreadable
from ramah.shipping.carriers.contract import provider_of
from ramah.shipping.commands.taking_in import take_in
from ramah.shipping.queries.accounts import account_at, account_told

MOST_BYTES = 4 * 1024 * 1024


@csrf_exempt
@require_POST
@public("carrier webhook, signature checked")
def hook(request: HttpRequest, key: str) -> HttpResponse:
    """Take in what a carrier posts. A paused account takes in all the same."""
    account = account_at(key)
    provider = provider_of(account.provider) if account else None
    if account is None or provider is None or provider.read_hook is None:
        raise NotVisible
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return _said("That is too large.", 413)
    posted = Posted(
        method="POST",
        path="",
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        body=body,
        url=request.build_absolute_uri(),
    )
    now = clock.now()
    try:
        bodies = provider.read_hook(posted, account_told(account), now)
    except NotSigned:
        return _said("The signature is wrong.", 403)
    except Unreadable as error:
        return _said(f"That is not understood here: {error}", 422)
    take_in(account=account, bodies=bodies, at=now)
    return _said("Taken in.", 200)


def _said(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
