"""The ASGI application: HTTP goes on to the WSGI application in a pool of threads, sockets to Channels.

Django's own ASGI handler is not used: the same view takes several times the CPU there (docs/adr/0009).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import URLPattern, path, re_path

from ramah.config.threads import Threads
from ramah.config.wsgi import application as wsgi_application  # first: it sets Django up

# isort: split
from ramah.channels.chat.consumers import ChatSocket
from ramah.channels.chat.here import leave as leave_chats
from ramah.desk.consumers import DeskSocket
from ramah.kernel import nudges

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Addresses of sockets: path("desk/socket/", DeskSocket.as_asgi()). A consumer refuses whom it does not know.
WEBSOCKETS: list[URLPattern] = [path("desk/socket/", DeskSocket.as_asgi())]

# A thread is held while a page is made and while a slow client takes more of it than the server buffers.
THREADS = 20

_http = Threads(wsgi_application, workers=THREADS)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4404})


# Takes every path, so that an unknown one is refused and not reported as our mistake.
_nowhere: Any = re_path("", _refuse)  # type: ignore[arg-type]  # Channels routes ASGI applications by URL patterns
_websocket = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([*WEBSOCKETS, _nowhere])))

# Whole sites may show the chat, each inbox says which: its socket looks at the origin itself, and reads no cookie.
CHAT = "/chat/socket/"
_chat = URLRouter([path("chat/socket/<slug:inbox_key>/", ChatSocket.as_asgi()), _nowhere])


async def _lifespan(receive: Receive, send: Send) -> None:
    loop = asyncio.get_running_loop()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            nudges.open_post(loop)
        else:
            nudges.close_post(loop)
            await leave_chats()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a connection to what serves its kind."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        # uvicorn closes a line only when all was taken; a page that takes nothing would keep it, and what waits for it.
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        scope = {**scope, "hang_up": transport.abort if transport else None}
        await (_chat if scope["path"].startswith(CHAT) else _websocket)(scope, receive, send)
    else:
        # X_Forwarded_Proto and X-Forwarded-Proto are one name to WSGI: only the spelling that a proxy overwrites may pass.
        headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
        await _http({**scope, "headers": headers}, receive, send)
