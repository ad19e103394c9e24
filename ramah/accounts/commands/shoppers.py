"""Log-ins of people who shop: made at the first proof of their address, without a password unless they want one.

An agent's log-in is never one of these: it opens with password and second factor only, whatever was proved by mail.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from ramah.accounts.commands.agents import EmailTaken
from ramah.accounts.commands.sessions import end_all_sessions
from ramah.accounts.models import User
from ramah.accounts.queries import is_agents
from ramah.kernel import audit
from ramah.kernel.actors import NOBODY, Actor


class BelongsToAgent(Exception):
    """The log-in is that of somebody who works (or worked) here."""


def open_login(*, email: str, language: str = "", at: datetime) -> User:
    """The user of an address that was just proved; made when there is none, without a password. Safe under race.

    Raises `BelongsToAgent`.
    """
    email = email.strip().lower()
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email).first() or _made(email, language, at)
        # Looked at last: an agent who was made in this very moment has the address, and is found by it.
        if is_agents(user):
            raise BelongsToAgent
    return user


def _made(email: str, language: str, at: datetime) -> User:
    user = User(email=email, language=language, created_at=at)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # another request was faster
        return User.objects.get(email__iexact=email)
    audit.record(NOBODY, "login.open", f"user:{user.pk}", at=at)
    return user


def set_password(*, actor: Actor, user: User, password: str, at: datetime) -> None:
    """Give one's own log-in a password, or another one. It must have passed the rules. All sessions end: the caller renews
    its own. Raises `BelongsToAgent`."""
    _change_password(actor, user, password, "login.password_set", at=at)


def remove_password(*, actor: Actor, user: User, at: datetime) -> None:
    """Do without a password again: from now on a code by mail opens the log-in. All sessions end, as with `set_password`.

    Raises `BelongsToAgent`.
    """
    _change_password(actor, user, None, "login.password_removed", at=at)


def _change_password(actor: Actor, user: User, password: str | None, action: str, *, at: datetime) -> None:
    with transaction.atomic():
        _hold(user)
        user.set_password(password)
        user.save(update_fields=["password"])
        end_all_sessions(user_id=user.pk)
        audit.record(actor, action, f"user:{user.pk}", at=at)


def _hold(user: User) -> None:
    """Keep others from changing the log-in until the transaction ends. Raises `BelongsToAgent`, also for one who became an agent
    this very moment: whoever merely shopped with it changes nothing of theirs."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))
    if is_agents(user):
        raise BelongsToAgent


def change_login_email(*, actor: Actor, user: User, email: str, at: datetime) -> None:
    """Let the log-in open by another address, which was just proved, and no more by the old one.

    Raises `EmailTaken`, `BelongsToAgent`.
    """
    email = email.strip().lower()
    with transaction.atomic():
        _hold(user)
        if User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
            raise EmailTaken
        user.email = email
        try:
            with transaction.atomic():
                user.save(update_fields=["email"])
        except IntegrityError:
            raise EmailTaken from None
        EmailAddress.objects.filter(user=user).delete()  # allauth would still find the log-in by these
        audit.record(actor, "login.change_email", f"user:{user.pk}", at=at)


def choose_language(*, user: User, language: str) -> None:
    """Keep the language in which somebody reads; it comes to each browser in which they log in."""
    User.objects.filter(pk=user.pk).update(language=language)


def log_out_everywhere(*, actor: Actor, user: User, at: datetime) -> int:
    """End all sessions of one's own log-in, this one too. Returns how many."""
    with transaction.atomic():
        ended = end_all_sessions(user_id=user.pk)
        audit.record(actor, "session.end_all", f"user:{user.pk}", at=at, sessions=ended)
    return ended


def close_login(*, user_id: int) -> bool:
    """End all sessions of a shopper's log-in and remove it. False (and nothing done) when it is an agent's, or gone."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None or is_agents(user):
            return False
        end_all_sessions(user_id=user.pk)
        user.delete()
    return True
