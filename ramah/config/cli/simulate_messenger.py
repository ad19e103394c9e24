"""simulate messenger, simulate instagram: Meta's page on this machine with customers who write."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ramah.channels.simulators.messenger import MessengerSimulator
from ramah.channels.simulators.messenger_traffic import Traffic, kinds_of
from ramah.config.cli.simulating import Play

if TYPE_CHECKING:
    from ramah.channels.models import ChannelAccount

PAGE_ID, INSTAGRAM_ID = "682498302938465", "17841400000000001"


class Meta(Play[MessengerSimulator]):
    """One of the two channels. Customers write, and every answer is reported sent, delivered and read."""

    needed, optional = ("app_secret", "access_token"), ("verify_token",)

    def __init__(self, channel: str) -> None:
        self.channel = self.name = channel
        self.help = f"Play {channel.capitalize()} for one inbox."
        self.settings = {"page_id": PAGE_ID} | ({"instagram_id": INSTAGRAM_ID} if channel == "instagram" else {})

    def address(self, inbox_key: str) -> tuple[str, str]:
        return self.channel.capitalize(), f"{self.channel}:{inbox_key}"

    def simulator(self, account: "ChannelAccount", *, port: int) -> MessengerSimulator:
        return MessengerSimulator(
            app_secret=account.secret("app_secret"),
            access_token=account.secret("access_token"),
            is_instagram=self.channel == "instagram",
            page_id=str(account.settings.get("page_id") or PAGE_ID),
            instagram_id=str(account.settings.get("instagram_id") or INSTAGRAM_ID),
            port=port,
        )

    def story(self, simulator: MessengerSimulator, *, seed: int, count: int, pace: float) -> Iterator[dict[str, Any]]:
        for hook in Traffic(simulator, seed=seed, messages=count).hooks():
            sender = hook["entry"][0]["messaging"][0]["sender"]["id"]
            yield {"from": sender, "kinds": kinds_of(hook), "answered": simulator.post(hook)}

    def keep_up(self, simulator: MessengerSimulator) -> None:
        simulator.report()

    def api_url(self, simulator: MessengerSimulator) -> str:
        return simulator.api_url
