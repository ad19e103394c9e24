"""Contact data for those who may not see it in full: enough left to tell two addresses apart, not enough to write to one."""

from ramah.kernel.actors import Actor

# Declared in accounts' table; known here, since every app that shows an address asks for it.
SEE_CONTACT_DATA = "accounts.see_contact_data"


def sees_contact_data(actor: Actor) -> bool:
    """Whether e-mail addresses and phone numbers are shown to `actor` in full."""
    return actor.may(SEE_CONTACT_DATA)


def shown_address(value: str, *, whole: bool) -> str:
    """`dana@mail.example` as `d•••@mail.example`, `+62 812 3456 789` as `•••89`; in full with `whole`."""
    if whole or not value:
        return value
    name, at, domain = value.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"•••{value[-2:]}"


def shown_name(name: str, *, whole: bool) -> str:
    """A name as it is; one that is an e-mail address is masked like one."""
    return shown_address(name, whole=whole) if "@" in name else name
