"""What Twilio posts, in our words: https://www.twilio.com/docs/voice/twiml#request-parameters"""

from collections.abc import Mapping

from ramah.channels.phone import providers as p
from ramah.channels.phone.flow import TOLD, Heard
from ramah.channels.phone.numbers import number_of
from ramah.channels.phone.twilio.signature import fields_of
from ramah.kernel.providers.contract import Unreadable
from ramah.kernel.providers.json import clean

# https://www.twilio.com/docs/voice/api/call-resource#call-status-values
_STATUSES = {
    "queued": p.RINGING,
    "initiated": p.RINGING,
    "ringing": p.RINGING,
    "in-progress": p.ANSWERED,
    "answered": p.ANSWERED,
    "completed": p.COMPLETED,
    "busy": p.BUSY,
    "no-answer": p.NO_ANSWER,
    "canceled": p.CANCELED,
    "failed": p.FAILED,
}
MOST_TRANSCRIPT = 20_000


def read_request(step: str, query: Mapping[str, str], body: bytes) -> p.Told:
    """What a request says. Raises `Unreadable` where it is about no call."""
    fields = {name: clean(value) for name, value in fields_of(body)}
    call_id = fields.get("CallSid", "")
    if not call_id.isalnum() or len(call_id) > 64:
        raise Unreadable("CallSid")
    # Of a leg that we have dialed, the customer is at its other end.
    customer = "To" if fields.get("Direction", "").startswith("outbound") else "From"
    heard = Heard(
        step=step,
        call=call_id,
        state={name: clean(value)[:300] for name, value in list(query.items())[:20]},
        caller=number_of(fields.get(customer, "")),
        digits=fields.get("Digits", "")[:32],
        speech=fields.get("SpeechResult", "")[:300],
        result=fields.get("QueueResult", "") or fields.get("DialCallStatus", ""),
    )
    said = fields.get("CallStatus", "") if step in TOLD else fields.get("DialCallStatus", "")
    audio = fields.get("RecordingSid", "")
    if fields.get("RecordingStatus", "completed") != "completed":
        audio = ""
    return p.Told(
        heard=heard,
        call_id=call_id,
        shop_number=number_of(fields.get("To" if customer == "From" else "From", "")),
        status=_STATUSES.get(said, ""),
        audio=audio if audio.isalnum() else "",
        transcript=_transcript(fields),
        seconds=_seconds(fields.get("DialCallDuration") or fields.get("CallDuration") or ""),
    )


def _transcript(fields: Mapping[str, str]) -> str:
    is_there = fields.get("TranscriptionStatus") == "completed"
    return fields.get("TranscriptionText", "")[:MOST_TRANSCRIPT] if is_there else ""


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
