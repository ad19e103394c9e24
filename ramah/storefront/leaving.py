"""What a browser keeps of a shopper, and gives up when they sign out: the next one at it sees nothing of theirs."""

from django.http import HttpResponseBase

from ramah.storefront.drafts import forget_draft
from ramah.storefront.order_links import forget_proofs
from ramah.storefront.visiting import remember_cart


def forget_shopper(response: HttpResponseBase) -> None:
    """Forget cart (it stays with the account), proofs of orders and what was written at checkout."""
    remember_cart(response, "", 0)
    forget_proofs(response)
    forget_draft(response)
