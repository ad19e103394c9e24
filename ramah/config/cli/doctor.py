"""doctor."""

import sys

import click

from ramah.config.cli.output import emit, json_option, with_database

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@click.command()
@json_option
@with_database
def doctor(as_json: bool) -> None:
    """Check database, queue, Redis, mail, storage, clock, secrets and settings; say what is wrong and how to mend it."""
    from ramah.config.checks import examine
    from ramah.kernel import clock

    findings = examine(at=clock.now())
    failed = any(finding.level == "fail" for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.level]}  {finding.check}: {finding.says}")
        if finding.mend and finding.level != "ok":
            lines.append(f"      {finding.mend}")
    fields = {
        "ok": not failed,
        "checks": [
            {"check": f.check, "level": f.level, "says": f.says, **({"mend": f.mend} if f.level != "ok" else {})}
            for f in findings
        ],
    }
    emit(fields, as_json=as_json, text="\n".join(lines))
    sys.exit(1 if failed else 0)
