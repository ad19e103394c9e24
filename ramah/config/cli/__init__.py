"""The command line `ramah`. Commands are loaded when they are called, so that the pure ones need no database."""

import importlib
import os
from typing import Any

import click

from ramah.version import VERSION

# name -> module under ramah.config.cli; the module holds a click command of that name with "-" as "_"
COMMANDS = {
    "run": "serving",
    "serve": "serving",
    "worker": "serving",
    "tick": "serving",
    "smtp": "serving",
    "owner": "owner",
    "migrate": "database",
    "demo": "database",
    "django": "database",
    "doctor": "doctor",
    "receive": "receive",
    "mail-parse": "mail",
    "reply-text": "mail",
    "sanitize": "mail",
    "business-time": "promises",
    "intake": "intake",
    "inboxes": "conversations",
    "conversations": "conversations",
    "import": "imports",
    "rotate-secrets": "database",
    "simulate": "simulate",
    "delivery": "delivery",
    "notices": "notices",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"ramah.config.cli.{COMMANDS[cmd_name]}")
        command: Any = getattr(module, cmd_name.replace("-", "_") + ("_" if cmd_name == "import" else ""))
        return command  # type: ignore[no-any-return]


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="ramah")
def main() -> None:
    """Ramah, the customer-service system of an online shop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ramah.config.settings")
