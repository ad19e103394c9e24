"""Structured logs: one line per event, key=value for people or JSON for machines, and no personal data.

Names, addresses, subjects and bodies never go into a log call; as a second line, whatever looks like an e-mail address or a phone
number is masked on its way out.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+\d[\d ()-]{7,}\d")


def _mask(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> dict[str, Any]:
    return {key: _PERSONAL.sub("***", value) if isinstance(value, str) else value for key, value in fields.items()}


def configure(settings: dict[str, Any]) -> None:
    """Send stdlib and structlog records through one formatter (called by Django with LOGGING)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_text: Any = (
        structlog.processors.JSONRenderer() if settings["json"] else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _mask,
            as_text,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings["level"])
    # urllib3 tells addresses that are called, in which some providers want their secrets.
    for noisy in ("uvicorn.access", "mail.log", "asyncio", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
