"""Addresses that no page has are refused before they reach a database."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/desk/c/%00/", "/desk/search/?q=a%00b"])
def test_a_nul_in_the_address_is_a_bad_request(client, url):
    assert client.get(url).status_code == 400


@pytest.mark.django_db
def test_the_front_door_leads_to_the_desk(client):
    response = client.get("/")

    assert (response.status_code, response["Location"]) == (302, "/desk/")
