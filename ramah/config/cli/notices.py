"""notices: rules and what they sent, trying a rule out, and the switch for all of them."""

from typing import Any

import click

from ramah.config.cli.output import emit, fail, json_option, with_database


@click.group()
def notices() -> None:
    """What customers are told before they ask."""


@notices.command("list")
@json_option
@with_database
def list_rules(as_json: bool) -> None:
    """List the rules with their states, and what was planned in the last seven days."""
    from ramah.kernel import clock
    from ramah.notices.commands.rules import install_defaults
    from ramah.notices.models import Rule
    from ramah.notices.queries.effect import told_last_week
    from ramah.notices.queries.wishes import notice_settings

    at = clock.now()
    install_defaults(at=at)
    for rule in Rule.objects.order_by("key"):
        fields = {"rule": rule.key, "kind": rule.kind, "state": rule.state, "version": rule.version}
        emit(fields, as_json=as_json, text=f"{rule.key:20} {rule.state:8} version {rule.version}")
    held = notice_settings()
    off = held.all_off_at.isoformat() if held.all_off_at else ""
    counts = told_last_week(at=at)
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"
    text = f"last seven days: {words}" + (f"\nswitched off since {off}: {held.off_reason}" if off else "")
    emit({"last_seven_days": counts, "off_since": off or None}, as_json=as_json, text=text)


@notices.command("dry-run")
@click.argument("rule")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 365))
@json_option
@with_database
def dry_run(rule: str, days: int, as_json: bool) -> None:
    """Try a rule out on the past: what would have been sent, and who asked before."""
    from ramah.kernel import claims, clock
    from ramah.kernel.actors import SYSTEM
    from ramah.notices.commands.dry_runs import LEASE, go_on, start_dry_run
    from ramah.notices.commands.rules import install_defaults
    from ramah.notices.models import DryRun, Rule

    install_defaults(at=clock.now())
    found = Rule.objects.filter(key=rule).first()
    if found is None:
        return fail(f"There is no rule {rule!r}. `ramah notices list` names them.")
    run = start_dry_run(actor=SYSTEM, rule=found, days=days, at=clock.now())
    while run.state == DryRun.State.WAITING:
        # Another worker may go on with it in between: then the next look finds it further.
        for claimed in claims.claim_due(DryRun.objects.filter(pk=run.pk), at=clock.now(), lease=LEASE, limit=1):
            go_on(claimed, at=clock.now())
        run.refresh_from_db()
    if run.state == DryRun.State.FAILED:
        return fail(run.error)
    return emit({"rule": found.key, "version": found.version, **run.figures}, as_json=as_json, text=_told(run.figures))


def _told(figures: dict[str, Any]) -> str:
    lines = [
        f"would have sent {figures['would_send']} notices,"
        f" {figures['before_asked']} of them before the customer asked; {figures['asked_anyway']} had asked by then",
        f"waited for the cap {figures['capped']}, for the morning {figures['quiet']}; told with another {figures['merged']}",
        f"left out to measure {figures['withheld']}, not wanted {figures['unwanted']}, out of date {figures['outdated']}",
        *(f"  {week}  {count}" for week, count in figures["by_week"].items()),
    ]
    return "\n".join(lines)


@notices.command()
@click.option("--reason", default="", help="Why, for colleagues.")
@json_option
@with_database
def off(reason: str, as_json: bool) -> None:
    """Stop all notices at once; what is planned waits."""
    from ramah.kernel import clock
    from ramah.kernel.actors import SYSTEM
    from ramah.notices.commands.switching import switch_off

    held = switch_off(actor=SYSTEM, reason=reason, at=clock.now())
    since = held.all_off_at.isoformat() if held.all_off_at else ""
    emit(
        {"off_since": since}, as_json=as_json, text=f"No notice is sent since {since}. `ramah notices on` lets them go."
    )


@notices.command()
@json_option
@with_database
def on(as_json: bool) -> None:
    """Let notices go again: what still holds by then."""
    from ramah.kernel import clock
    from ramah.kernel.actors import SYSTEM
    from ramah.notices.commands.switching import switch_on

    switch_on(actor=SYSTEM, at=clock.now())
    emit({"off_since": None}, as_json=as_json, text="Notices are sent again.")
