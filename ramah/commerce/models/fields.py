"""What the models of commerce share."""

from decimal import Decimal
from typing import Any, Literal, overload

from django.db import models


@overload
def amount_field(*, null: Literal[True], **options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]": ...
@overload
def amount_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]": ...
def amount_field(**options: Any) -> "models.DecimalField[Any, Any]":
    """An amount in whole units of the row's currency."""
    return models.DecimalField(max_digits=14, decimal_places=2, **options)


class OrderedMapField(models.JSONField):
    """A mapping whose order means something. It is stored as a list of pairs, since PostgreSQL sorts the keys of an object."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The pairs, as JSON."""
        pairs = [list(pair) for pair in value.items()] if isinstance(value, dict) else value
        return super().get_db_prep_value(pairs, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The mapping again."""
        pairs = super().from_db_value(value, expression, connection)
        return dict(pairs) if isinstance(pairs, list) else pairs


def currency_code(**options: Any) -> "models.CharField[str, str]":
    """A currency by ISO 4217."""
    return models.CharField(max_length=3, **options)


def not_negative(name: str, *fields: str) -> models.CheckConstraint:
    """None of `fields` is below zero."""
    return models.CheckConstraint(name=name, condition=models.Q(**{f"{field}__gte": 0 for field in fields}))
