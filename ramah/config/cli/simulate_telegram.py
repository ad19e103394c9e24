"""simulate telegram: Telegram on this machine with customers who write."""

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ramah.channels.simulators.telegram import TelegramSimulator
from ramah.channels.simulators.telegram_traffic import Traffic, told_of
from ramah.config.cli.simulating import Play

if TYPE_CHECKING:
    from ramah.channels.models import ChannelAccount


class Telegram(Play[TelegramSimulator]):
    """Customers write, correct themselves, press buttons and react."""

    channel, name, help = "telegram", "Telegram", "Play Telegram's Bot API for one inbox."
    needed = ("bot_token", "webhook_secret")
    of_what = "How often customers do something."

    def address(self, inbox_key: str) -> tuple[str, str]:
        return "Telegram", f"telegram:{inbox_key}"

    def credentials(self) -> dict[str, str]:
        return super().credentials() | {
            "bot_token": f"{secrets.randbelow(9 * 10**8) + 10**8}:AA{secrets.token_urlsafe(24)}"
        }

    def simulator(self, account: "ChannelAccount", *, port: int) -> TelegramSimulator:
        simulator = TelegramSimulator(
            token=account.secret("bot_token"), secret=account.secret("webhook_secret"), port=port
        )
        simulator.wants_https = False
        return simulator

    def story(self, simulator: TelegramSimulator, *, seed: int, count: int, pace: float) -> Iterator[dict[str, Any]]:
        for update in Traffic(simulator, seed=seed, messages=count).updates():
            sender, what = told_of(update)
            yield {"from": sender, "what": what, "answered": simulator.post(update)}

    def installed(self, account: "ChannelAccount", simulator: TelegramSimulator) -> None:
        from ramah.channels.telegram.connecting import connect
        from ramah.kernel import clock
        from ramah.kernel.actors import SYSTEM
        from ramah.kernel.providers.contract import SendingError

        try:
            connect(actor=SYSTEM, account=account, url=simulator.hook_url, at=clock.now())
        except SendingError as error:
            raise click.ClickException(f"The inbox cannot be connected: {error}") from error
