"""Who answers, for templates."""

from django import template

from ramah.kernel import clock
from ramah.storefront.answering import Answering, answering_at

register = template.Library()


@register.simple_tag
def answering() -> Answering:
    """Who answers a question that is asked now, and by when: `{% answering as who %}{{ who.words }}`."""
    return answering_at(clock.now())
