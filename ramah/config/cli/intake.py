"""intake: the no-loss sum, and trying a quarantined item again."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ramah.config.cli.output import emit, fail, json_option, with_database

if TYPE_CHECKING:
    from ramah.channels.queries import IntakeSum
    from ramah.shipping.queries.events import CarrierSum


@click.group()
def intake() -> None:
    """What reached the channels, and what became of it."""


@intake.command()
@json_option
@with_database
def audit(as_json: bool) -> None:
    """Prove that nothing was lost: received = accepted + duplicate + ignored + quarantined + waiting.

    The same is counted of what carriers post.
    """
    from ramah.channels.models import IntakeItem
    from ramah.channels.queries import intake_page, intake_sum
    from ramah.kernel.actors import SYSTEM
    from ramah.shipping.models import CarrierPost
    from ramah.shipping.queries.events import carrier_sum, posts_page

    total = intake_sum()
    quarantined = intake_page(SYSTEM, state=IntakeItem.State.QUARANTINED, size=100).rows
    carriers = carrier_sum()
    posts = posts_page(SYSTEM, state=CarrierPost.State.QUARANTINED, size=100).rows
    fields = asdict(total) | {
        "closes": total.closes and carriers.closes,
        "quarantine": [
            {"intake": item.public_id, "inbox": item.inbox.key, "reason": item.reason} for item in quarantined
        ],
        "carriers": asdict(carriers)
        | {"quarantine": [{"post": row.public_id, "account": row.account.key, "reason": row.reason} for row in posts]},
    }
    lines = [f"  {item.public_id}  {item.inbox.key}  {item.reason}" for item in quarantined]
    lines += ["carriers: " + _in_words(carriers)]
    lines += [f"  {row.public_id}  {row.account.key}  {row.reason}" for row in posts]
    emit(fields, as_json=as_json, text="\n".join([_in_words(total), *lines]))
    if not fields["closes"]:
        fail("The sum does not close. Keep the database as it is and look into the items in question.")


def _in_words(total: "IntakeSum | CarrierSum") -> str:
    return (
        f"{total.received} received = {total.accepted} accepted + {total.duplicate} duplicate + {total.ignored} ignored"
        f" + {total.quarantined} quarantined + {total.waiting} waiting"
    )


@intake.command()
@click.argument("public_id", metavar="ID")
@json_option
@with_database
def replay(public_id: str, as_json: bool) -> None:
    """Read a quarantined or ignored item, or a carrier's post, again."""
    from ramah.channels import commands
    from ramah.channels.queries import intake_item_for
    from ramah.kernel import clock
    from ramah.kernel.actors import SYSTEM, NotVisible
    from ramah.shipping.models import CarrierPost

    if CarrierPost.objects.filter(public_id=public_id).exists():
        return _replay_post(public_id, as_json=as_json)
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


def _replay_post(public_id: str, *, as_json: bool) -> None:
    from ramah.kernel import clock
    from ramah.kernel.actors import SYSTEM
    from ramah.shipping import commands
    from ramah.shipping.queries.events import post_for

    try:
        post = commands.replay(actor=SYSTEM, post=post_for(SYSTEM, public_id=public_id), at=clock.now())
    except commands.PostNotReplayable:
        return fail("Only quarantined or ignored posts can be read again.")
    emit({"post": post.public_id, "status": post.state, "reason": post.reason}, as_json=as_json)
    if post.state == post.State.QUARANTINED:
        fail(post.error.strip().splitlines()[-1])
    return None
