"""`ramah simulate phone` against a server: customers call, and everything they did is in the intake."""

from click.testing import CliRunner

from ramah.accounts.testing import make_agent
from ramah.channels import commands
from ramah.channels.phone.models import Call, PhoneSettings
from ramah.channels.phone.tests.conftest import errors
from ramah.config.cli import main
from ramah.kernel import clock


def test_customers_call_an_inbox_that_is_made_for_it(live_server, settings):
    settings.BASE_URL = live_server.url
    ben = make_agent(name="Ben")

    result = CliRunner().invoke(
        main, ["simulate", "phone", "--inbox", "hotline", "--install", "--once", "--calls", "3", "--pace", "0"]
    )

    assert result.exit_code == 0, result.output
    while commands.process_waiting(at=clock.now()):
        pass
    assert errors() == []
    assert [call.state for call in Call.objects.order_by("id")] == ["missed", "missed", "ended"]
    assert PhoneSettings.objects.get().endpoints == {ben.public_id: f"client:agent{ben.pk}"}


def test_an_inbox_that_is_not_there_is_not_made_by_itself(transactional_db):
    result = CliRunner().invoke(main, ["simulate", "phone", "--inbox", "hotline", "--once"])

    assert result.exit_code == 1
    assert "--install makes one" in result.output
    assert Call.objects.count() == 0
