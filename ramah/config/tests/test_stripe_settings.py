"""The keys of Stripe: all or none, each what it claims to be, none of another mode."""

import pytest

from ramah.config.environment import Environment, StripeKeys, WrongSetting

KEYS = {
    "RAMAH_STRIPE_SECRET_KEY": "sk_test_1",
    "RAMAH_STRIPE_PUBLIC_KEY": "pk_test_1",
    "RAMAH_STRIPE_WEBHOOK_SECRET": "whsec_1",
}


@pytest.fixture
def told(monkeypatch, tmp_path):
    monkeypatch.setenv("RAMAH_HOME", str(tmp_path))

    def read(**changes):
        for name, value in (KEYS | changes).items():
            monkeypatch.setenv(name, value)
        return Environment.read()

    return read


def test_without_keys_there_is_no_stripe(told):
    assert told(**dict.fromkeys(KEYS, "")).stripe is None


@pytest.mark.parametrize("secret", ["sk_test_1", "rk_test_1"])
def test_three_keys_of_one_mode_are_taken(told, secret):
    assert told(RAMAH_STRIPE_SECRET_KEY=secret).stripe == StripeKeys(secret, "pk_test_1", "whsec_1")


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("value", ["", "hunter2", "whsec", "pk_", "sk_test"])
def test_a_key_that_is_none_stops_the_start_and_is_not_repeated(told, name, value):
    with pytest.raises(WrongSetting) as stopped:
        told(**{name: value})

    assert name in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


@pytest.mark.parametrize("change", [{"RAMAH_STRIPE_SECRET_KEY": "sk_live_1"}, {"RAMAH_STRIPE_PUBLIC_KEY": "pk_live_1"}])
def test_keys_of_two_modes_stop_the_start(told, change):
    with pytest.raises(WrongSetting, match="the other is live"):
        told(**change)
