"""Addresses that no page has are refused before they reach a database; the audit log learns where a request came from."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from ramah.kernel import audit
from ramah.kernel.middleware import request_origin


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/desk/c/%00/", "/desk/search/?q=a%00b"])
def test_a_nul_in_the_address_is_a_bad_request(client, url):
    assert client.get(url).status_code == 400


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "origin"),
    [
        (False, "203.0.113.9", "127.0.0.1"),
        (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (True, "", "127.0.0.1"),
        (True, "x" * 300, "x" * 64),
    ],
)
def test_only_what_our_own_proxy_says_is_believed(settings, behind_proxy, forwarded, origin):
    settings.BEHIND_PROXY = behind_proxy
    seen = []
    request = RequestFactory(HTTP_X_FORWARDED_FOR=forwarded).get("/")

    request_origin(lambda request: seen.append(audit.origin.get()) or HttpResponse())(request)

    assert seen == [origin]
    assert audit.origin.get() == ""
