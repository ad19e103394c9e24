"""The floor of the benchmark of chat: a bare Channels consumer, in a group of its own, that sends back what it hears."""

import sys
from typing import Any

import django
import uvicorn

django.setup()

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402 - after Django
from channels.routing import URLRouter  # noqa: E402
from django.urls import path  # noqa: E402


class Echo(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        self.group = f"echo.{id(self)}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.channel_layer.group_send(self.group, {"type": "echo", "content": content})

    async def echo(self, message: dict[str, Any]) -> None:
        await self.send_json(message["content"])


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await ROUTER(scope, receive, send)


ROUTER = URLRouter([path("echo/", Echo.as_asgi())])

if __name__ == "__main__":
    uvicorn.run(application, port=int(sys.argv[1]), log_level="error", ws="websockets-sansio", lifespan="off")
