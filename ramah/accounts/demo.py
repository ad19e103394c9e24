"""The demo shop's staff: two teams, five people, their limits."""

from datetime import datetime
from decimal import Decimal

from ramah.accounts import commands
from ramah.accounts.models import Limit, Role, Team, User
from ramah.kernel.actors import SYSTEM

PASSWORD = "ramah-demo-2026"  # noqa: S105 - printed by `make run`, for a shop in which nothing is real
JAKARTA, KYIV = "Jakarta care", "Київ"

# name, e-mail, role, team, language, time zone
STAFF = (
    ("Ada Wijaya", "ada@ramah.example", Role.OWNER, "", "", "Asia/Jakarta"),
    ("Lia Kusuma", "lia@ramah.example", Role.LEAD, JAKARTA, "", "Asia/Jakarta"),
    ("Ben Hartono", "ben@ramah.example", Role.AGENT, JAKARTA, "", "Asia/Jakarta"),
    ("Cleo Tambunan", "cleo@ramah.example", Role.AGENT, KYIV, "", "Europe/Kyiv"),
    ("Chris Adiputra", "chris@ramah.example", Role.CONTRACTOR, JAKARTA, "", "Asia/Jakarta"),
)
# role -> (per case, per day) in IDR and in UAH
LIMITS = {
    Role.OWNER: ((50_000_000, 200_000_000), (100_000, 400_000)),
    Role.LEAD: ((5_000_000, 20_000_000), (12_000, 50_000)),
    Role.AGENT: ((500_000, 2_000_000), (1_200, 5_000)),
    Role.CONTRACTOR: ((0, 0), (0, 0)),
}


def seed(at: datetime) -> None:
    """Seed teams, agents and limits. Repeatable: who and what is there stays as it is."""
    teams = {name: Team.objects.get_or_create(name=name, defaults={"created_at": at})[0] for name in (JAKARTA, KYIV)}
    for name, email, role, team, language, time_zone in STAFF:
        if User.objects.filter(email=email).exists():
            continue
        commands.create_agent(
            actor=SYSTEM,
            email=email,
            name=name,
            role=role,
            password=PASSWORD,
            teams=[teams[team]] if team else [],
            language=language,
            time_zone=time_zone,
            at=at,
        )
    if not Limit.objects.exists():
        amounts = {
            (str(role), str(key), currency): Decimal(amount)
            for role, by_currency in LIMITS.items()
            for currency, by_key in zip(("IDR", "UAH"), by_currency, strict=True)
            for key, amount in zip(Limit.Key.values, by_key, strict=True)
        }
        commands.set_limits(actor=SYSTEM, amounts=amounts, at=at)
