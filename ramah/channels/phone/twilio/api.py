"""Twilio's REST API as an account sees it: https://www.twilio.com/docs/voice/api/call-resource"""

import base64
from functools import partial
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from ramah.channels.models import ChannelAccount
from ramah.channels.phone.providers import Ring
from ramah.conversations.commands.filing import File
from ramah.kernel.providers import http as provider_http
from ramah.kernel.providers.contract import Check, Refused, TryLater, Uncertain, tried
from ramah.kernel.providers.http import Answered, Call

API_URL = "https://api.twilio.com"
MOST_AUDIO = 24 * 1024 * 1024


def ring(account: ChannelAccount, wanted: Ring) -> str:
    """Ring a phone; returns the id of the leg."""
    fields = {
        "To": wanted.to,
        "From": wanted.caller_id,
        "Url": wanted.answered_url,
        "Method": "POST",
        "StatusCallback": wanted.status_url,
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": "completed",
        "Timeout": str(wanted.seconds),
    }
    sid = _post(account, "Calls.json", fields).json().get("sid")
    if not isinstance(sid, str) or not sid:
        raise Uncertain(_("The provider has not said which call it began."))
    return sid


def hang_up(account: ChannelAccount, call_id: str) -> None:
    """End a leg, whether it rings or talks. One that is over already is no error."""
    try:
        _post(account, f"Calls/{quote(call_id)}.json", {"Status": "completed"}, changes=False)
    except Refused as error:
        if error.of_account:
            raise


def redirect(account: ChannelAccount, call_id: str, url: str) -> None:
    """Let a leg go on at `url`: https://www.twilio.com/docs/voice/tutorials/how-to-modify-calls-in-progress"""
    _post(account, f"Calls/{quote(call_id)}.json", {"Url": url, "Method": "POST"})


def fetch_recording(account: ChannelAccount, recording_id: str) -> File:
    """A recording as MP3. Only ever from the address of the account's own API, whatever was posted."""
    url = f"{_base(account)}/Recordings/{quote(recording_id)}.mp3"
    answered = provider_http.call(Call("GET", url, _headers(account), most=MOST_AUDIO))
    _check(answered, changes=False, early=True)
    return File(f"{recording_id}.mp3", "audio/mpeg", answered.content)


def forget_recording(account: ChannelAccount, recording_id: str) -> None:
    """Delete a recording there. One that is gone already is no error."""
    url = f"{_base(account)}/Recordings/{quote(recording_id)}.json"
    answered = provider_http.call(Call("DELETE", url, _headers(account)))
    if answered.status != 404:
        _check(answered, changes=False)


def try_out(account: ChannelAccount) -> list[Check]:
    """Try the account: are account and number known."""
    parts = (
        (_("Account"), ".json", ""),
        (
            _("Phone number"),
            f"/IncomingPhoneNumbers.json?{urlencode({'PhoneNumber': account.inbox.address})}",
            "incoming_phone_numbers",
        ),
    )
    return [tried(part, partial(_trouble_at, account, path, wants)) for part, path, wants in parts]


def _trouble_at(account: ChannelAccount, path: str, wants: str) -> str:
    answered = provider_http.get(f"{_base(account)}{path}", headers=_headers(account))
    _check(answered, changes=False)
    is_missing = wants and not answered.json().get(wants)
    return _("The account has no such number.") if is_missing else ""


def _post(account: ChannelAccount, path: str, fields: dict[str, str], *, changes: bool = True) -> Answered:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **_headers(account)}
    body = urlencode(fields).encode()
    answered = provider_http.call(Call("POST", f"{_base(account)}/{path}", headers, body, changes=changes))
    _check(answered, changes=changes)
    return answered


def _base(account: ChannelAccount) -> str:
    url = str(account.settings.get("api_url") or API_URL).rstrip("/")
    return f"{url}/2010-04-01/Accounts/{quote(str(account.settings.get('account_sid') or ''))}"


def _headers(account: ChannelAccount) -> dict[str, str]:
    known = f"{account.settings.get('account_sid') or ''}:{account.secret('auth_token')}"
    return {"Authorization": f"Basic {base64.b64encode(known.encode()).decode()}"}


def _check(answered: Answered, *, changes: bool, early: bool = False) -> None:
    """Raise what an answer means. `early`: what is not there yet may still come, as a recording that is being made ready."""
    if answered.is_ok:
        return
    told = answered.json()
    reason = _("The provider answered %(status)d: %(words)s") % {
        "status": answered.status,
        "words": str(told.get("message") or told.get("code") or "")[:200],
    }
    if answered.status == 429 or (early and answered.status == 404):
        raise TryLater(reason, answered.pause, of_account=answered.status == 429)
    if answered.status >= 500:
        raise Uncertain(reason) if changes else TryLater(reason)
    raise Refused(reason, of_account=answered.status in (401, 403))
