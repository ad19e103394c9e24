"""Turns spelled as TwiML: https://www.twilio.com/docs/voice/twiml"""

from xml.etree import ElementTree as ET

from ramah.channels.phone import turns as t
from ramah.channels.phone.providers import Address
from ramah.kernel.providers.contract import Answer

# <Say> knows no Ukrainian or Indonesian by itself; Google's voices do.
# https://www.twilio.com/docs/voice/twiml/say/text-speech#available-voices-and-languages
VOICES = {
    "en": ("en-GB", "Google.en-GB-Standard-A"),
    "id": ("id-ID", "Google.id-ID-Standard-A"),
    "uk": ("uk-UA", "Google.uk-UA-Standard-A"),
}
LONGEST_SAID = 3000
RING_SECONDS = "30"


def written(turn: t.Turn, address: Address) -> Answer:
    """The instructions; `address` gives that of a further step."""
    root = ET.Element("Response")
    asked = turn.then if isinstance(turn.then, t.Ask) else None
    place = _gather(root, asked, address) if asked else root
    for line in turn.lines:
        _line(place, line)
    _then(root, turn.then, address)
    body = ET.tostring(root, encoding="unicode")
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>{body}', content_type="text/xml; charset=utf-8")


def _gather(root: ET.Element, asked: t.Ask, address: Address) -> ET.Element:
    told = {
        "input": "dtmf speech" if asked.speech else "dtmf",
        "action": address(asked.then),
        "method": "POST",
        "numDigits": str(asked.most_keys),
        "timeout": str(asked.seconds),
        "finishOnKey": "#" if asked.most_keys > 1 else "",
    }
    if asked.speech:
        told |= {"language": _voice(asked.language)[0], "speechTimeout": "auto"}
    return ET.SubElement(root, "Gather", told)


def _line(place: ET.Element, line: t.Line) -> None:
    if isinstance(line, t.Say):
        language, voice = _voice(line.language)
        ET.SubElement(place, "Say", language=language, voice=voice).text = _clean(line.text)[:LONGEST_SAID]
    elif isinstance(line, t.Play):
        ET.SubElement(place, "Play").text = _clean(line.url)
    else:
        ET.SubElement(place, "Pause", length=str(line.seconds))


def _then(root: ET.Element, then: t.Then, address: Address) -> None:
    if isinstance(then, t.Ask | t.Go):
        onward = then.otherwise if isinstance(then, t.Ask) else then.step
        ET.SubElement(root, "Redirect", method="POST").text = address(onward)
    elif isinstance(then, t.Enqueue):
        addresses = {"waitUrl": address(then.wait), "action": address(then.left)}
        enqueue = ET.SubElement(root, "Enqueue", {**addresses, "waitUrlMethod": "POST", "method": "POST"})
        enqueue.text = _clean(then.queue)
    elif isinstance(then, t.Record):
        _record(root, then, address)
    elif isinstance(then, t.Connect):
        _connect(root, then, address)
    elif isinstance(then, t.Dial):
        _dial(root, then, address)
    else:
        ET.SubElement(root, "Leave" if isinstance(then, t.Leave) else "Hangup")


def _connect(root: ET.Element, then: t.Connect, address: Address) -> None:
    recorded = _recorded(then.recording, address)
    dial = ET.SubElement(root, "Dial", {"action": address(then.done), "method": "POST", **recorded})
    ET.SubElement(dial, "Queue").text = _clean(then.queue)


def _record(root: ET.Element, then: t.Record, address: Address) -> None:
    told = {
        "action": address(then.done),
        "method": "POST",
        "maxLength": str(then.most_seconds),
        "finishOnKey": "#",
        "playBeep": "true",
        "recordingStatusCallback": address(then.recording),
        "recordingStatusCallbackMethod": "POST",
    }
    if then.language.startswith("en"):
        # Twilio transcribes English alone. https://www.twilio.com/docs/voice/twiml/record#transcribe
        told |= {"transcribe": "true", "transcribeCallback": address(then.transcript)}
    ET.SubElement(root, "Record", told)


def _dial(root: ET.Element, then: t.Dial, address: Address) -> None:
    told = {
        "callerId": _clean(then.caller_id),
        "action": address(then.done),
        "method": "POST",
        "timeout": RING_SECONDS,
        "answerOnBridge": "true",
    }
    dial = ET.SubElement(root, "Dial", {**told, **_recorded(then.recording, address)})
    heard = {
        "statusCallback": address(then.status),
        "statusCallbackMethod": "POST",
        "statusCallbackEvent": "answered completed",
    }
    if then.announce:
        heard |= {"url": address(then.announce), "method": "POST"}
    ET.SubElement(dial, "Number", heard).text = _clean(then.number)


def _recorded(recording: t.Step | None, address: Address) -> dict[str, str]:
    if recording is None:
        return {}
    return {
        "record": "record-from-answer-dual",
        "recordingStatusCallback": address(recording),
        "recordingStatusCallbackMethod": "POST",
    }


def _voice(language: str) -> tuple[str, str]:
    return VOICES.get(language.partition("-")[0], VOICES["en"])


def _clean(text: str) -> str:
    """Without what XML cannot hold, whatever a customer is called."""
    return "".join(
        c for c in text if c in "\t\n" or 0x20 <= ord(c) <= 0xD7FF or 0xE000 <= ord(c) <= 0xFFFD or ord(c) > 0xFFFF
    )
