"""What the commands that play a provider share: their options, the account that they play for, and the run until Ctrl-C."""

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click
from urllib3.exceptions import HTTPError

from ramah.channels.simulators.server import Simulator
from ramah.config.cli.output import emit, fail, json_option, with_database

if TYPE_CHECKING:
    from ramah.channels.models import ChannelAccount

S = TypeVar("S", bound=Simulator)
# Seconds between two looks at what is still to be done, once all customers had their turn.
SHORTEST_REST, LONGEST_REST = 0.2, 3.0
UNTOUCHED = (
    "Nothing of the inbox is changed without --install; with it, the inbox talks to the simulator, and no longer to the"
    " provider, until the address of the API is emptied in its settings."
)


class Play(ABC, Generic[S]):
    """One provider: of which channel, by which credentials, what its customers do and what it does by itself."""

    channel: str
    name: str  # as whoever runs it is told
    help: str
    needed: tuple[str, ...]  # credentials without which nothing is signed
    optional: tuple[str, ...] = ()
    settings: Mapping[str, str] = {}  # of an account that is made for it
    counted, count, most, of_what = "messages", 20, 100_000, "How many customers send."
    pace = 1.0

    @abstractmethod
    def address(self, inbox_key: str) -> tuple[str, str]:
        """Name and address of an inbox that is made for it."""

    @abstractmethod
    def simulator(self, account: "ChannelAccount", *, port: int) -> S:
        """The provider, with the secrets of the account."""

    @abstractmethod
    def story(self, simulator: S, *, seed: int, count: int, pace: float) -> Iterator[dict[str, Any]]:
        """What customers do, step by step: each does something, then tells of it."""

    def keep_up(self, simulator: S) -> None:
        """What the provider does by itself after each step, and as long as it is there."""

    def credentials(self) -> dict[str, str]:
        """Secrets of an account that is made for it."""
        return {name: secrets.token_urlsafe(24) for name in (*self.needed, *self.optional)}

    def api_url(self, simulator: S) -> str:
        """What the account's settings name as the address of the API."""
        return simulator.url

    def installed(self, account: "ChannelAccount", simulator: S) -> None:
        """What is to be done besides, once the account talks to the simulator."""


def command_of(play: Play[Any]) -> click.Command:
    """`ramah simulate <channel>`."""
    options = (
        click.option("--inbox", "inbox_key", required=True, help="Key of the inbox (see `ramah inboxes`)."),
        click.option(
            f"--{play.counted}",
            "count",
            default=play.count,
            show_default=True,
            type=click.IntRange(0, play.most),
            help=play.of_what,
        ),
        click.option("--seed", default=1, show_default=True, help="The same seed tells the same story."),
        click.option(
            "--port", default=0, type=click.IntRange(0, 65535), help="Where the API answers; a free one otherwise."
        ),
        click.option(
            "--pace",
            default=play.pace,
            show_default=True,
            type=click.FloatRange(0, 600),
            help="Seconds between two steps.",
        ),
        click.option("--url", help="Where Ramah is reached; RAMAH_BASE_URL otherwise."),
        click.option(
            "--install", is_flag=True, help="Make the inbox if there is none, and let it talk to the simulator."
        ),
        click.option("--once", is_flag=True, help="End when all is done, instead of answering on until Ctrl-C."),
        json_option,
    )

    @with_database
    def command(**given: Any) -> None:
        _run(play, **given)

    for option in reversed(options):
        command = option(command)
    return click.command(play.channel, help=f"{play.help}\n\n{UNTOUCHED}")(command)


def _run(
    play: Play[Any],
    *,
    inbox_key: str,
    count: int,
    seed: int,
    port: int,
    pace: float,
    url: str | None,
    install: bool,
    once: bool,
    as_json: bool,
) -> None:
    from django.conf import settings

    account = _account(play, inbox_key, install)
    with _simulator(play, account, port) as simulator:
        simulator.hook_url = f"{(url or settings.BASE_URL).rstrip('/')}/hooks/{play.channel}/{inbox_key}"
        if install:
            saved = _save(play, account.inbox, settings={"api_url": play.api_url(simulator)})
            play.installed(saved, simulator)
        emit({"api": play.api_url(simulator), "posts to": simulator.hook_url}, as_json=as_json)
        try:
            for told in play.story(simulator, seed=seed, count=count, pace=pace):
                emit(told, as_json=as_json)
                _keep_up(play, simulator)
                time.sleep(pace)
            while not once:
                time.sleep(min(max(pace, SHORTEST_REST), LONGEST_REST))
                _keep_up(play, simulator)
        except KeyboardInterrupt:
            pass
        except HTTPError as error:
            why = type(error).__name__
            fail(f"{simulator.hook_url} does not answer ({why}). Is `ramah run` running? Else name --url.")
        except AssertionError as error:  # the provider has been answered as it would not have it
            fail(str(error))


def _keep_up(play: Play[Any], simulator: Simulator) -> None:
    """While Ramah does not listen, nothing is lost: the provider comes back to it the next time."""
    with suppress(HTTPError):
        play.keep_up(simulator)


def _simulator(play: Play[S], account: "ChannelAccount", port: int) -> S:
    try:
        return play.simulator(account, port=port)
    except OSError as error:
        why = error.strerror or error
        raise click.ClickException(f"Port {port} cannot be used: {why}. Name another one.") from error


def _account(play: Play[Any], inbox_key: str, install: bool) -> "ChannelAccount":
    """The account of the inbox. With `install` what it lacks is made: the inbox, the account, its secrets."""
    from ramah.channels.models import ChannelAccount
    from ramah.conversations.models import Inbox

    inbox = Inbox.objects.filter(key=inbox_key).first()
    if inbox is not None and inbox.channel != play.channel:
        raise click.ClickException(f"{inbox_key!r} is an inbox of the channel {inbox.channel}.")
    account = ChannelAccount.objects.filter(inbox__key=inbox_key).select_related("inbox").first()
    if account is not None and all(account.secret(name) for name in play.needed):
        return account
    if not install:
        raise click.ClickException(
            f"There is no {play.name} inbox {inbox_key!r} with credentials."
            " `ramah inboxes` lists them; --install makes one."
        )
    name, address = play.address(inbox_key)
    known = account.settings if account else {}
    return _save(
        play,
        inbox,
        address={} if inbox else {"key": inbox_key, "name": name, "address": address, "language": "id"},
        credentials={key: value for key, value in play.credentials().items() if not (account and account.secret(key))},
        settings={key: value for key, value in play.settings.items() if not known.get(key)},
    )


def _save(play: Play[Any], inbox: Any, *, settings: Mapping[str, str], **told: Mapping[str, str]) -> "ChannelAccount":
    from ramah.accounts.models import Team
    from ramah.channels.commands.accounts import save_account
    from ramah.kernel import clock
    from ramah.kernel.actors import SYSTEM

    return save_account(
        actor=SYSTEM,
        inbox=inbox,
        channel=play.channel,
        address=told.get("address", {}),
        teams=list(inbox.teams.all() if inbox else Team.objects.all()),
        credentials=told.get("credentials", {}),
        settings=settings,
        at=clock.now(),
    )
