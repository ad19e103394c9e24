"""Contact data for those who may not see it in full: enough left to tell two addresses apart, not enough to write to one."""


def shown_address(value: str, *, whole: bool) -> str:
    """`dana@mail.example` as `d•••@mail.example`, `+62 812 3456 789` as `•••89`; in full with `whole`."""
    if whole or not value:
        return value
    name, at, domain = value.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"•••{value[-2:]}"
