"""inboxes, conversations: what stands in the database, for people and scripts."""

from typing import Any

import click

from ramah.config.cli.output import emit, fail, json_option, with_database


@click.command()
@json_option
@with_database
def inboxes(as_json: bool) -> None:
    """List the inboxes and how they do, one line each."""
    from ramah.channels.inbox_health import health_of_inboxes
    from ramah.kernel import clock
    from ramah.kernel.actors import SYSTEM

    for health in health_of_inboxes(SYSTEM, at=clock.now()):
        inbox = health.inbox
        fields = {
            "key": inbox.key,
            "channel": inbox.channel,
            "address": inbox.address,
            "name": inbox.name,
            "state": health.state,
            "last_in_at": health.last_in_at.isoformat() if health.last_in_at else None,
            "last_out_at": health.last_out_at.isoformat() if health.last_out_at else None,
            "last_error": health.last_error or None,
            "last_error_at": health.last_error_at.isoformat() if health.last_error_at else None,
            "queued": health.queued,
            "failed_in_7_days": health.failed,
        }
        line = f"{inbox.key:16} {inbox.channel:10} {inbox.address:40} {inbox.name:24} {health.state:8}"
        counts = f" {health.queued} queued, {health.failed} failed" if health.queued or health.failed else ""
        why = f" {health.last_error}" if health.last_error and health.state == "failing" else ""
        emit(fields, as_json=as_json, text=f"{line}{counts}{why}".rstrip())


@click.command()
@click.option("--status", help="open, pending, snoozed, resolved or spam.")
@click.option("--customer", help="Public id or e-mail address of a customer.")
@click.option("--id", "public_id", help="Public id or number (R-12): the whole thread.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1_000_000))
@json_option
@with_database
def conversations(status: str | None, customer: str | None, public_id: str | None, limit: int, as_json: bool) -> None:
    """List conversations, newest first, or print one whole thread."""
    from ramah.conversations.models import Conversation
    from ramah.conversations.queries import visible_conversations
    from ramah.kernel.actors import SYSTEM

    rows = visible_conversations(SYSTEM).select_related("customer", "inbox", "assignee", "team")
    if public_id:
        number = public_id[2:] if public_id.upper().startswith("R-") else ""
        row = (rows.filter(pk=int(number)) if number.isdigit() else rows.filter(public_id=public_id)).first()
        if row is None:
            return fail(f"There is no conversation {public_id!r}.")
        return emit(_thread(row), as_json=as_json, text=_readable(_thread(row)))
    if status:
        if status not in Conversation.Status.values:
            raise click.BadParameter(f"accepted: {', '.join(Conversation.Status.values)}", param_hint="--status")
        rows = rows.filter(status=status)
    if customer:
        by_address = {"customer__contact_points__value": customer.lower()}
        rows = rows.filter(**(by_address if "@" in customer else {"customer__public_id": customer})).distinct()
    for row in rows.order_by("-last_message_at", "-id")[:limit].iterator(chunk_size=500):
        fields = _row(row)
        emit(
            fields,
            as_json=as_json,
            text=f"{row.reference:10} {row.status:9} {row.last_message_at:%F %T}Z  {row.subject}",
        )
    return None


def _row(row: Any) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "reference": row.reference,
        "status": row.status,
        "inbox": row.inbox.key,
        "subject": row.subject,
        "customer": {"id": row.customer.public_id, "name": row.customer.name},
        "language": row.language,
        "assignee": row.assignee.name if row.assignee else None,
        "team": row.team.name if row.team else None,
        "created_at": row.created_at.isoformat(),
        "last_message_at": row.last_message_at.isoformat(),
        "acknowledged_at": row.acknowledged_at.isoformat() if row.acknowledged_at else None,
        "resolved_at": row.resolved_at.isoformat() if row.resolved_at else None,
    }


def _thread(row: Any) -> dict[str, Any]:
    from ramah.promises.queries import promises_of_subjects

    subject = f"conversation:{row.pk}"
    messages = row.messages.select_related("delivery", "contact_point").prefetch_related("attachments", "external_ids")
    further = row.further_inboxes.values_list("inbox__key", flat=True)
    return _row(row) | {
        "inboxes": [row.inbox.key, *further],
        "follows": row.follows.public_id if row.follows else None,
        "merged_into": row.merged_into.public_id if row.merged_into else None,
        "tags": list(row.tags.values_list("name", flat=True)),
        "messages": [_message(message) for message in messages.order_by("id")],
        "promises": [_promise(promise) for promise in promises_of_subjects([subject]).get(subject, [])],
    }


def _message(message: Any) -> dict[str, Any]:
    delivery = getattr(message, "delivery", None)
    return {
        "id": message.public_id,
        "kind": message.kind,
        "author": message.author,
        "author_name": message.author_name,
        "from": message.contact_point.value if message.contact_point else None,
        "to": message.to,
        "cc": message.cc,
        "subject": message.subject,
        "text": message.text,
        "full_text": message.full_text or message.text,
        "has_html": bool(message.html),
        "language": message.language,
        "activity": message.activity or None,
        "detail": message.detail,
        "message_ids": [row.value for row in message.external_ids.all() if not row.is_expected],
        "created_at": message.created_at.isoformat(),
        "attachments": [
            {
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size,
                "inline": bool(file.content_id),
            }
            for file in message.attachments.all()
        ],
        "delivery": delivery
        and {
            "state": delivery.state,
            "attempts": delivery.attempts,
            "error": delivery.error or None,
            "uncertain": delivery.is_uncertain,
            "recipients": delivery.recipients,
            "message_id": delivery.external_id,
        },
    }


def _promise(promise: Any) -> dict[str, Any]:
    return {
        "id": promise.public_id,
        "kind": promise.kind,
        "state": promise.state,
        "minutes": promise.minutes,
        "started_at": promise.started_at.isoformat(),
        "due_at": promise.due_at.isoformat() if promise.due_at else None,
        "paused_at": promise.paused_at.isoformat() if promise.paused_at else None,
        "ended_at": promise.ended_at.isoformat() if promise.ended_at else None,
    }


def _readable(thread: dict[str, Any]) -> str:
    lines = [f"{thread['reference']}  {thread['status']}  {thread['subject']}", ""]
    for message in thread["messages"]:
        who = message["author_name"] or message["from"] or message["author"]
        state = f"  [{message['delivery']['state']}]" if message["delivery"] else ""
        lines += [
            f"{message['created_at']}  {message['kind']} by {who}{state}",
            message["text"] or message["activity"] or "",
            "",
        ]
    lines += [f"{promise['kind']}: {promise['state']}, due {promise['due_at']}" for promise in thread["promises"]]
    return "\n".join(lines)
