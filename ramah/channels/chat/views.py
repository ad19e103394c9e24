"""Live chat over plain requests: for pages where sockets do not get through, for files, and the page inside the widget's frame.

The token of the visitor goes in the header `Authorization: Bearer ...`; there are no cookies, so no other site can act for them.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.staticfiles import finders
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from ramah.accounts.models import User
from ramah.channels.chat import acting, answering, saying, visiting
from ramah.channels.chat.frame_page import frame_contents
from ramah.channels.chat.frames import Refusal, checked_text, client_id_of, key_of, said_in
from ramah.channels.chat.limits import LONGEST_FILE, LONGEST_FRAME, MOST_FILES, seconds_to_wait
from ramah.channels.chat.lines import FILE_SALT, FILE_SECONDS
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.origins import is_welcome
from ramah.channels.chat.queries import Place, Widget, file_of, read_by_agent, thread_after, visitor_of, widget_at
from ramah.channels.chat.state import state_of
from ramah.channels.chat.tokens import own_secret, sign_identity
from ramah.conversations.commands.filing import PICTURES, File
from ramah.customers.queries import signed_in_as
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import NotVisible
from ramah.ui.files import file_response

IDENTITY_SECONDS = 3600
_STATUS = {"too_fast": 429, "too_many": 429, "forgotten": 410, "too_long": 413, "try_again": 503, "paused": 503}


def _refused(refusal: Refusal) -> JsonResponse:
    return _answer(refusal.frame(), status=_STATUS.get(refusal.why, 400))


def _answer(frame: dict[str, Any], *, status: int = 200) -> JsonResponse:
    response = JsonResponse(frame, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response


def _address(request: HttpRequest) -> str:
    # As the server saw it; behind a proxy uvicorn has put there what the proxy said.
    return str(request.META.get("REMOTE_ADDR") or "")


def _frame(request: HttpRequest) -> dict[str, Any]:
    body = request.read(LONGEST_FRAME + 1)
    if len(body) > LONGEST_FRAME:
        raise Refusal("too_long")
    try:
        frame = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refusal("unknown") from None
    if not isinstance(frame, dict):
        raise Refusal("unknown")
    return frame


def _token(request: HttpRequest) -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


_View = Callable[..., HttpResponseBase]


def _for_visitor(view: Callable[[HttpRequest, ChatVisitor, str], HttpResponseBase]) -> _View:
    """Call the view with the visitor whose token came along, in their language; what it refuses becomes JSON."""

    @wraps(view)
    def guarded(request: HttpRequest, inbox_key: str) -> HttpResponseBase:
        try:
            visitor = visitor_of(_token(request), inbox_key=inbox_key)
        except NotVisible:
            return _refused(Refusal("forgotten"))
        if not is_welcome(request.headers.get("Origin", ""), widget_at(inbox_key)):
            return _answer(Refusal("unknown").frame(), status=403)
        language = visitor.language or "en"
        with translation.override(language):
            try:
                return view(request, visitor, language)
            except Refusal as refusal:
                return _refused(refusal)

    return guarded


@require_GET
@public("what the widget shows before anybody has said anything")
def state(request: HttpRequest, inbox_key: str) -> HttpResponse:
    """Open or not, who answers, how long it takes."""
    widget = widget_at(inbox_key)
    language = widget.language(request.GET.get("language", ""), request.headers.get("Accept-Language", ""))
    return _answer(state_of(widget, language=language, at=clock.now()))


@csrf_exempt
@require_POST
@public("a visitor begins or comes back, by a token of their own")
def start(request: HttpRequest, inbox_key: str) -> HttpResponse:
    """The `hello` of the socket."""
    widget = widget_at(inbox_key)
    if not is_welcome(request.headers.get("Origin", ""), widget):
        return _answer(Refusal("unknown").frame(), status=403)
    at = clock.now()
    try:
        frame = _frame(request)
        frame = {**frame, "token": _token(request) or frame.get("token") or ""}
        arrival = answering.arrive(widget, frame, address=_address(request), is_connected=False, at=at)
    except visiting.Forgotten:
        return _refused(Refusal("forgotten"))
    except Refusal as refusal:
        with translation.override(widget.language()):
            return _refused(refusal)
    met = answering.meet(widget, arrival, after=answering.after_in(frame), at=at)
    return _answer({**met.welcome, **({"refused": met.refusal} if met.refusal else {})})


@csrf_exempt
@require_POST
@public("by the visitor's token")
@_for_visitor
def say(request: HttpRequest, visitor: ChatVisitor, language: str) -> HttpResponseBase:
    """A message, as over the socket."""
    client_id, text = said_in(_frame(request))
    return _say(visitor, client_id, text, (), language)


@csrf_exempt
@require_POST
@public("by the visitor's token")
@_for_visitor
def files(request: HttpRequest, visitor: ChatVisitor, language: str) -> HttpResponseBase:
    """A message with files."""
    wait = seconds_to_wait("uploads", visitor.public_id, at=clock.now())
    if wait:
        raise Refusal("too_fast", wait=wait)
    if int(request.META.get("CONTENT_LENGTH") or 0) > (LONGEST_FILE + 4096) * MOST_FILES:
        raise Refusal("too_big")
    client_id = client_id_of({"id": request.POST.get("id")})
    if not client_id:
        raise Refusal("unknown")
    sent = [file for name in ("files", "file") for file in request.FILES.getlist(name)]
    text = checked_text(request.POST.get("text", ""), client_id, may_be_empty=True)
    if not sent or not all(file.size for file in sent):
        raise Refusal("empty", client_id)
    if len(sent) > MOST_FILES or any((file.size or 0) > LONGEST_FILE for file in sent):
        raise Refusal("too_big", client_id)
    taken = [File(file.name or "", file.content_type or "", file.read()) for file in sent]
    return _say(visitor, client_id, text, taken, language)


def _say(visitor: ChatVisitor, client_id: str, text: str, taken: Any, language: str) -> HttpResponseBase:
    page = {"url": visitor.page_url, "title": visitor.page_title} if visitor.page_url else {}
    said = saying.say(
        saying.Saying(
            visitor.pk, visitor.inbox_id, visitor.public_id, client_id, text, clock.now(), files=taken, page=page
        )
    )
    frame = answering.said_frame(said, client_id, language)
    return _answer(frame, status=_STATUS.get(said.why, 400) if said.why else 200)


@require_GET
@public("by the visitor's token")
@_for_visitor
def lines(request: HttpRequest, visitor: ChatVisitor, language: str) -> HttpResponseBase:
    """Lines after the one the page has, and where things stand."""
    at = clock.now()
    wait = seconds_to_wait("asked", visitor.public_id, at=at)
    if wait:
        raise Refusal("too_fast", wait=wait)
    after = request.GET.get("after", "0")
    thread = thread_after(Place.of(visitor), after=key_of({"after": int(after)}, "after") if after.isdigit() else 0)
    visiting.note_here(visitor_ids=[visitor.pk], at=at)
    place = acting.place_frame(visitor.conversation_id or 0, visitor.inbox_id)
    read = {"type": "read", "upto": read_by_agent(visitor.conversation)}
    return _answer({**answering.lines_frame(thread), "read": read, "place": place})


@csrf_exempt
@require_POST
@public("by the visitor's token")
@_for_visitor
def read(request: HttpRequest, visitor: ChatVisitor, language: str) -> HttpResponseBase:
    """What the visitor has before their eyes."""
    upto = key_of(_frame(request), "upto")
    visiting.read_up_to(visitor_id=visitor.pk, upto=upto, at=clock.now())
    return _answer({"type": "read", "upto": upto})


def _acting(kind: str) -> _View:
    @csrf_exempt
    @require_POST
    @public("by the visitor's token")
    @_for_visitor
    def view(request: HttpRequest, visitor: ChatVisitor, language: str) -> HttpResponseBase:
        frame = {**_frame(request), "type": kind}
        return _answer(acting.act(visitor_id=visitor.pk, frame=frame, language=language, at=clock.now()) or {})

    return view


details, rating, transcript = _acting("details"), _acting("rate"), _acting("transcript")


@require_GET
@public("a signed address of some hours, of one visitor")
def file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A file of the visitor's thread: pictures may be shown, everything else is a download, and nothing in it runs."""
    try:
        told = signing.loads(request.GET.get("t", ""), salt=FILE_SALT, max_age=FILE_SECONDS)
    except signing.BadSignature:
        raise NotVisible from None
    if not isinstance(told, list) or told[:1] != [public_id]:
        raise NotVisible
    row = file_of(public_id, visitor_key=str(told[1]))
    return file_response(row, shown=PICTURES, wants_download="download" in request.GET)


@gzip_page
@require_GET
@public("the loader that sites put into their pages")
def loader(request: HttpRequest) -> HttpResponseBase:
    """The script of the widget, under an address that does not change."""
    path = finders.find("channels/chat/widget.js")
    if not isinstance(path, str):
        raise NotVisible
    with open(path, "rb") as script:
        response = HttpResponse(script.read(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600, stale-while-revalidate=86400"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@gzip_page  # nothing of the request is in the page but its language, so its length tells nothing of the token in it
@require_GET
@public("the page inside the widget, for the sites that the inbox names")
def frame(request: HttpRequest, inbox_key: str) -> HttpResponseBase:
    """The page inside the frame. Who is signed in at the shop itself is known in it."""
    widget = widget_at(inbox_key)
    language = widget.language(
        request.GET.get("language", ""), translation.get_language() or "", request.headers.get("Accept-Language", "")
    )
    origins = [str(origin) for origin in widget.settings.origins]
    with translation.override(language):
        contents = frame_contents(
            key=inbox_key,
            shop=widget.inbox.name,
            language=language,
            identity=_identity(request, widget),
            origins=origins,
            is_anonymous=widget.settings.is_anonymous,
        )
        response = render(request, "channels/chat/frame.html", {"frame": contents})
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
        f" connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors {' '.join(_sources(origins))}"
    )
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def _sources(origins: list[str]) -> list[str]:
    # What an origin may be made of; anything else would end the directive and begin another.
    return ["'self'", *(one for one in origins if one.isascii() and not set(one) & set(" ;,'\"\n\r\t"))]


def _identity(request: HttpRequest, widget: Widget) -> str:
    """A token of an hour for the customer who is signed in here, where the page that holds the frame is ours."""
    is_ours = request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    if widget.settings.is_anonymous or not is_ours or not isinstance(request.user, User):
        return ""
    customer = signed_in_as(request.user)
    if customer is None:
        return ""
    key = visiting.public_id_of_customer(customer.customer_id)
    exp = int(clock.now().timestamp()) + IDENTITY_SECONDS
    return sign_identity({"id": key, "name": customer.name, "exp": exp}, secret=own_secret(widget.inbox.key))
