"""simulate phone: Twilio on this machine, with customers who call and agents' phones that are picked up."""

import random
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ramah.channels.simulators.twilio import Leg, TwilioSimulator
from ramah.config.cli.simulating import Play

if TYPE_CHECKING:
    from ramah.channels.models import ChannelAccount

STORIES = ("hangs up", "waits", "asks for a call back", "waits")
MOST_ROUNDS = 6


class Phone(Play[TwilioSimulator]):
    """Customers call; agents answer and take what is offered."""

    channel, name = "phone", "phone"
    help = (
        "Play a phone provider for one inbox: customers call, and agents' phones are picked up by themselves."
        " With --install agents without a phone are given a simulated one."
    )
    needed = ("auth_token",)
    settings: Mapping[str, str] = {"account_sid": "AC00000000000000000000000000000001"}
    counted, count, most, of_what = "calls", 4, 10_000, "How many customers call."
    pace = 3.0

    def address(self, inbox_key: str) -> tuple[str, str]:
        return "Hotline", "+622130001000"

    def simulator(self, account: "ChannelAccount", *, port: int) -> TwilioSimulator:
        return TwilioSimulator(
            auth_token=account.secret("auth_token"),
            account_sid=str(account.settings.get("account_sid") or ""),
            number=account.inbox.address,
            port=port,
        )

    def story(self, simulator: TwilioSimulator, *, seed: int, count: int, pace: float) -> Iterator[dict[str, Any]]:
        chance = random.Random(seed)  # noqa: S311 - a story, no secret
        for place in range(count):
            number = f"+62812{chance.randrange(10**7, 10**8)}"
            story = STORIES[place % len(STORIES)]
            leg = simulator.call_in(number)
            time.sleep(pace)
            self._tell(simulator, leg, story, pace=pace)
            yield {"number": number, "story": story, "heard": " / ".join(filter(None, leg.heard))[:200]}

    def _tell(self, simulator: TwilioSimulator, leg: Leg, story: str, *, pace: float) -> None:
        for _ in range(MOST_ROUNDS):
            self.keep_up(simulator)
            if leg.state in ("bridged", "over"):
                time.sleep(pace)
                break
            if leg.record is not None:
                leg.leave_message("Please call me back about my order.")
            elif story == "hangs up":
                break
            elif story == "asks for a call back" and leg.gather is not None:
                leg.press("1")
            elif leg.gather is not None:
                leg.stay_silent()
            time.sleep(pace)
        leg.hang_up()

    def keep_up(self, simulator: TwilioSimulator) -> None:
        """Agents answer, and take what is offered; customers whom they call answer, too."""
        for leg in simulator.ringing():
            leg.pick_up()
            if leg.gather is not None:
                leg.press("1")
            elif leg.dialed is not None and leg.dialed[0].tag == "Number":
                leg.customer_answers()
                leg.customer_done(seconds=30)

    def installed(self, account: "ChannelAccount", simulator: TwilioSimulator) -> None:
        """Agents without a phone are given a simulated one."""
        from ramah.accounts.models import Agent
        from ramah.channels.phone.queries import settings_of

        chosen = settings_of(account.inbox)
        phones = {agent.public_id: f"client:agent{agent.pk}" for agent in Agent.objects.filter(is_active=True)}
        chosen.endpoints = {**phones, **chosen.endpoints}
        chosen.save()
