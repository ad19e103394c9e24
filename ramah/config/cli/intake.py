"""intake: the no-loss sum, and trying a quarantined item again."""

from dataclasses import asdict

import click

from ramah.config.cli.output import emit, fail, json_option, with_database


@click.group()
def intake() -> None:
    """What reached the channels, and what became of it."""


@intake.command()
@json_option
@with_database
def audit(as_json: bool) -> None:
    """Prove that nothing was lost: received = accepted + duplicate + ignored + quarantined + waiting."""
    from ramah.channels.models import IntakeItem
    from ramah.channels.queries import intake_page, intake_sum
    from ramah.kernel.actors import SYSTEM

    total = intake_sum()
    quarantined = intake_page(SYSTEM, state=IntakeItem.State.QUARANTINED, size=100).rows
    fields = asdict(total) | {
        "closes": total.closes,
        "quarantine": [
            {"intake": item.public_id, "inbox": item.inbox.key, "reason": item.reason} for item in quarantined
        ],
    }
    sum_text = (
        f"{total.received} received = {total.accepted} accepted + {total.duplicate} duplicate + {total.ignored} ignored"
        f" + {total.quarantined} quarantined + {total.waiting} waiting"
    )
    lines = [f"  {item.public_id}  {item.inbox.key}  {item.reason}" for item in quarantined]
    emit(fields, as_json=as_json, text="\n".join([sum_text, *lines]))
    if not total.closes:
        fail("The sum does not close. Keep the database as it is and look into the items in question.")


@intake.command()
@click.argument("public_id", metavar="ID")
@json_option
@with_database
def replay(public_id: str, as_json: bool) -> None:
    """Read a quarantined or ignored item again."""
    from ramah.channels import commands
    from ramah.channels.queries import intake_item_for
    from ramah.kernel import clock
    from ramah.kernel.actors import SYSTEM, NotVisible

    try:
        item = commands.replay(actor=SYSTEM, item=intake_item_for(SYSTEM, public_id=public_id), at=clock.now())
    except NotVisible:
        return fail(f"There is no intake item {public_id!r}. `ramah intake audit` lists the quarantined ones.")
    except commands.NotReplayable:
        return fail("Only quarantined or ignored items can be read again.")
    conversation = item.conversation.public_id if item.conversation else None
    emit(
        {"intake": item.public_id, "status": item.state, "reason": item.reason, "conversation": conversation},
        as_json=as_json,
    )
    if item.state == item.State.QUARANTINED:
        fail(item.error.strip().splitlines()[-1])
    return None
