"""simulate whatsapp: WhatsApp on this machine with customers who write."""

import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ramah.channels.simulators.whatsapp import WhatsAppSimulator
from ramah.channels.simulators.whatsapp_traffic import Traffic
from ramah.config.cli.simulating import Play

if TYPE_CHECKING:
    from ramah.channels.models import ChannelAccount


class WhatsApp(Play[WhatsAppSimulator]):
    """Customers write, and every answer is reported sent, delivered and read."""

    channel, name, help = "whatsapp", "WhatsApp", "Play WhatsApp's Cloud API for one inbox."
    needed, optional = ("app_secret", "access_token"), ("verify_token",)
    settings: Mapping[str, str] = {"phone_number_id": "106540352242922", "business_account_id": "102290129340398"}

    def address(self, inbox_key: str) -> tuple[str, str]:
        return "WhatsApp", f"+62811{zlib.crc32(inbox_key.encode()) % 10**7:07}"

    def simulator(self, account: "ChannelAccount", *, port: int) -> WhatsAppSimulator:
        return WhatsAppSimulator(
            app_secret=account.secret("app_secret"),
            access_token=account.secret("access_token"),
            phone_number_id=str(account.settings.get("phone_number_id", "")),
            business_id=str(account.settings.get("business_account_id", "")),
            port=port,
        )

    def story(self, simulator: WhatsAppSimulator, *, seed: int, count: int, pace: float) -> Iterator[dict[str, Any]]:
        for hook in Traffic(simulator, seed=seed, messages=count).hooks():
            said = hook["entry"][0]["changes"][0]["value"]["messages"]
            kinds = ", ".join(one["type"] for one in said)
            yield {"number": said[0]["from"], "kinds": kinds, "answered": simulator.post(hook)}

    def keep_up(self, simulator: WhatsAppSimulator) -> None:
        simulator.report()

    def api_url(self, simulator: WhatsAppSimulator) -> str:
        return simulator.api_url
