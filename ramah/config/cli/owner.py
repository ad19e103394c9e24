"""owner: the first person who may log in, where there is no demo shop."""

import click

from ramah.config.cli.output import emit, fail, json_option, with_database


@click.command()
@click.option("--email", required=True, help="Address to log in with.")
@click.option("--name", required=True, help="Name that colleagues and customers see.")
@click.password_option(help="At least ten characters; asked for when not given.")
@json_option
@with_database
def owner(email: str, name: str, password: str, as_json: bool) -> None:
    """Create an owner, who can then invite everyone else."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from ramah.accounts.commands import EmailTaken, create_owner
    from ramah.kernel import clock

    try:
        validate_email(email)
        validate_password(password)
        agent = create_owner(email=email, name=name, password=password, at=clock.now())
    except ValidationError as error:
        return fail(" ".join(error.messages))
    except EmailTaken:
        return fail(f"{email} can log in already. The log-in page resets a forgotten password.")
    emit({"agent": agent.public_id, "email": email}, as_json=as_json, text=f"{name} can log in now as {email}.")
    return None
