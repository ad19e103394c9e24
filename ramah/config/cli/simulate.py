"""simulate: a provider on this machine with customers who write or call, for demonstrations and training."""

import click

from ramah.config.cli.simulate_deliveries import deliveries
from ramah.config.cli.simulate_messenger import Meta
from ramah.config.cli.simulate_phone import Phone
from ramah.config.cli.simulate_telegram import Telegram
from ramah.config.cli.simulate_whatsapp import WhatsApp
from ramah.config.cli.simulating import command_of


@click.group()
def simulate() -> None:
    """Play a provider: its customers write to an inbox, and it takes what the desk answers."""


for play in (WhatsApp(), Meta("messenger"), Meta("instagram"), Phone(), Telegram()):
    simulate.add_command(command_of(play))
simulate.add_command(deliveries)
