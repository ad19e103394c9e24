"""migrate, demo, rotate-secrets, and Django's own commands for developers."""

import click

from ramah.config.cli.output import emit, fail, json_option, with_database


@click.command()
@with_database
def migrate() -> None:
    """Bring the database up to date."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Run a command of Django (makemigrations, shell, ...)."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["ramah django", *arguments])


@click.command()
@json_option
@with_database
def demo(as_json: bool) -> None:
    """Seed the demo shop, once per database."""
    from django.core.management import call_command

    from ramah.config.demo import seed_once

    call_command("migrate", interactive=False, verbosity=0)
    seeded = seed_once(say=lambda line: click.echo(line, err=True))
    emit({"seeded": seeded}, as_json=as_json, text="The demo shop is there." if seeded else "It was there already.")


@click.command("rotate-secrets")
@json_option
@with_database
def rotate_secrets(as_json: bool) -> None:
    """Encrypt every stored secret anew with RAMAH_SECRET_KEY; after it RAMAH_OLD_SECRET_KEYS can go."""
    from ramah.accounts.commands import rewrite_second_factor_secrets
    from ramah.config.checks import secret_fields
    from ramah.kernel import clock
    from ramah.kernel.encryption import SecretUnreadable, encrypt_anew

    try:
        rows = sum(encrypt_anew(model, names) for model, names in secret_fields().items())
        rows += rewrite_second_factor_secrets(at=clock.now())
    except SecretUnreadable as error:
        fail(str(error))
    emit({"rows": rows}, as_json=as_json, text=f"{rows} rows encrypted anew.")
