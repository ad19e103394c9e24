"""Twilio, and whoever speaks its API: registered when the app starts."""

from django.utils.translation import gettext_lazy as _

from ramah.channels.phone.providers import Provider, register_provider
from ramah.channels.phone.twilio import api
from ramah.channels.phone.twilio.requests import read_request
from ramah.channels.phone.twilio.signature import check_signature
from ramah.channels.phone.twilio.twiml import written
from ramah.kernel.providers.contract import Setting

SETTINGS = (
    Setting("account_sid", _("Account SID"), _("From the first page of the Twilio console.")),
    Setting(
        "auth_token", _("Auth token"), _("From the same page; it also signs what Twilio posts to us."), is_secret=True
    ),
    Setting("api_url", _("Address of the API"), _("Empty: https://api.twilio.com"), is_required=False),
)
STEPS = (
    _("In the Twilio console buy a number that takes voice; it is the address below, with its country code."),
    _("From the first page of the console copy Account SID and auth token into the fields below, and save."),
    _(
        "In the number’s settings, under Voice, enter both addresses, each with HTTP POST: the first where a call comes in, "
        "the second for changes of a call’s status."
    ),
    _("Test the connection, and then set what callers hear and who is rung."),
)
HOOKS = {"incoming": _("Address for calls"), "status": _("Address for changes of a call")}

register_provider(
    Provider(
        key="twilio",
        name="Twilio",
        check=check_signature,
        read=read_request,
        write=written,
        ring=api.ring,
        hang_up=api.hang_up,
        redirect=api.redirect,
        fetch=api.fetch_recording,
        forget=api.forget_recording,
        try_out=api.try_out,
        settings=SETTINGS,
    )
)
