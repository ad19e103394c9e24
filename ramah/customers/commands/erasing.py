"""What is known of a customer is forgotten; the rows that others stand on stay, without a person in them."""

from django.db import transaction
from django.db.models import Q

from ramah.accounts import commands as accounts
from ramah.customers.models import Consent, ContactPoint, Customer, CustomerLogin, CustomersApart, OneTimeCode


def erase_customer(*, customer_id: int) -> None:
    """Remove name, note, language, time zone, shop id, every address, consents and log-ins, also of customers merged into this
    one. Who is logged in is logged out. An agent keeps the log-in of their work. Repeatable."""
    with transaction.atomic():
        people = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id))
        keys = list(people.values_list("pk", flat=True))
        logins = CustomerLogin.objects.select_related("user").filter(customer__in=keys)
        points = ContactPoint.objects.filter(customer__in=keys)
        addresses = {login.user.email.lower() for login in logins} | set(points.values_list("value", flat=True))
        OneTimeCode.objects.filter(address__in=addresses).delete()
        for login in logins:
            accounts.close_login(user_id=login.user_id)
        logins.delete()
        Consent.objects.filter(customer__in=keys).delete()
        CustomersApart.objects.filter(Q(one__in=keys) | Q(other__in=keys)).delete()
        points.delete()
        people.update(name="", note="", language="", time_zone="", external_id=None)
