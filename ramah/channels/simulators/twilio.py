"""Twilio on this machine: takes REST calls, posts signed webhooks, and lets people call, press keys, wait, speak and hang up.

Out of the documentation: form posts signed over the whole address, TwiML, queues that hand a caller to whoever dials them, status
callbacks, recordings and transcripts that come later, errors with their HTTP states. No sound is made.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qsl, urlencode, urljoin
from xml.etree import ElementTree as ET

from ramah.channels.simulators.server import Asked, Reply, Simulator

Fields = dict[str, str]
# (address, body, headers) -> (status, text)
Transport = Callable[[str, bytes, Fields], tuple[int, str]]
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + b"\0" * 400


class TwilioSimulator(Simulator):
    """One number of one account. `hook_url` is the beginning of our addresses: https://shop.example/hooks/phone/<inbox key>."""

    def __init__(
        self,
        *,
        auth_token: str,
        account_sid: str = "AC00000000000000000000000000000001",
        number: str = "+622130001000",
        hook_url: str = "",
        port: int = 0,
        transport: Transport | None = None,
    ) -> None:
        super().__init__(hook_url=hook_url, port=port)
        self.auth_token, self.account_sid, self.number = auth_token, account_sid, number
        self.transport = transport or self._over_http
        self.legs: dict[str, Leg] = {}
        self.recordings: dict[str, bytes] = {}
        self.posted: list[tuple[str, Fields]] = []
        self._sids = count(1)

    def next_sid(self, kind: str) -> str:
        """An id that was not given before: `CA` for calls, `RE` for recordings."""
        return f"{kind}{next(self._sids):032x}"

    def signature(self, url: str, fields: Fields) -> str:
        """What stands in X-Twilio-Signature."""
        told = url + "".join(name + fields[name] for name in sorted(fields))
        return base64.b64encode(hmac.new(self.auth_token.encode(), told.encode(), hashlib.sha1).digest()).decode()

    def post_form(self, url: str, fields: Fields, **headers: str) -> tuple[int, str]:
        """Post to us, signed."""
        self.posted.append((url, fields))
        body = urlencode(fields).encode()
        sent = {"X-Twilio-Signature": self.signature(url, fields), **headers}
        return self.transport(url, body, {"Content-Type": "application/x-www-form-urlencoded", **sent})

    def _over_http(self, url: str, body: bytes, headers: Fields) -> tuple[int, str]:
        answered = self._http.request("POST", url, body=body, headers=headers, redirect=False)
        return int(answered.status), answered.data.decode()

    def call_in(self, caller: str, *, sid: str = "") -> "Leg":
        """Somebody calls the number."""
        leg = Leg(self, sid or self.next_sid("CA"), caller, self.number)
        self.legs[leg.sid] = leg
        leg.ask(f"{self.hook_url}/incoming")
        return leg

    def ringing(self, to: str = "") -> "list[Leg]":
        """Phones that ring because we asked for it."""
        return [leg for leg in self.legs.values() if leg.state == "ringing" and to in ("", leg.called)]

    def answer(self, asked: Asked) -> Reply:
        known = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {known}":
            return error(20003, "Authenticate", 401)
        path = asked.path.removeprefix(f"/2010-04-01/Accounts/{self.account_sid}")
        fields = dict(parse_qsl(asked.body.decode()))
        if asked.method == "POST" and path == "/Calls.json":
            return self._ring(fields)
        if found := re.fullmatch(r"/Calls/(\w+)\.json", path):
            return self._redirect(found[1], fields["Url"]) if fields.get("Url") else self._end(found[1])
        if found := re.fullmatch(r"/Recordings/(\w+)\.(mp3|json)", path):
            return self._recording(found[1], asked.method)
        if path == "/IncomingPhoneNumbers.json":
            numbers = [{"phone_number": self.number}] if asked.query.get("PhoneNumber") == self.number else []
            return Reply.of({"incoming_phone_numbers": numbers})
        return Reply.of({"sid": self.account_sid, "status": "active"}) if path == ".json" else error(20404, path, 404)

    def _ring(self, fields: Fields) -> Reply:
        if not re.fullmatch(r"\+\d{6,15}|client:\w+|sip:.+", fields.get("To", "")) or fields.get("From") != self.number:
            return error(21211, "Invalid 'To' Phone Number", 400)
        leg = Leg(self, self.next_sid("CA"), self.number, fields["To"])
        leg.state, leg.direction = "ringing", "outbound-api"
        leg.answered_url, leg.status_url = fields["Url"], fields.get("StatusCallback", "")
        self.legs[leg.sid] = leg
        return Reply.of({"sid": leg.sid, "status": "queued"}, 201)

    def _end(self, sid: str) -> Reply:
        leg = self.legs.get(sid)
        if leg is None or leg.state == "over":
            return error(21220, "Call is not in-progress. Cannot redirect.", 400)
        leg.state = "over"
        return Reply.of({"sid": sid, "status": "completed"})

    def _redirect(self, sid: str, url: str) -> Reply:
        leg = self.legs.get(sid)
        if leg is None or leg.state in ("ringing", "over"):
            return error(21220, "Call is not in-progress. Cannot redirect.", 400)
        leg.go_to(url)
        return Reply.of({"sid": sid, "status": "in-progress"})

    def _recording(self, sid: str, method: str) -> Reply:
        if sid not in self.recordings:
            return error(20404, "The requested resource was not found", 404)
        if method == "DELETE":
            del self.recordings[sid]
            return Reply(204)
        return Reply(200, self.recordings[sid], {"Content-Type": "audio/mpeg"})


class Leg:
    """One phone: what it hears, what it is asked, in which queue it waits. States: talking, ringing, queued, bridged, over."""

    def __init__(self, twilio: TwilioSimulator, sid: str, caller: str, called: str) -> None:
        self.twilio, self.sid, self.caller, self.called = twilio, sid, caller, called
        self.state, self.direction, self.answered_url, self.status_url = "talking", "inbound", "", ""
        self.heard: list[str] = []
        self.gather: ET.Element | None = None
        self.record: ET.Element | None = None
        self.dialed: ET.Element | None = None
        self.onward = ""
        self.queue, self.left_url = "", ""
        self.peer: Leg | None = None

    def fields(self, **more: str) -> Fields:
        """What stands in every request about this leg."""
        told = {"CallSid": self.sid, "AccountSid": self.twilio.account_sid, "From": self.caller, "To": self.called}
        return {**told, "CallStatus": "in-progress", "Direction": self.direction, "ApiVersion": "2010-04-01", **more}

    def ask(self, url: str, **more: str) -> None:
        """Ask what to do, and do it."""
        status, text = self.twilio.post_form(url, self.fields(**more))
        if status != 200:
            raise AssertionError(f"{url} was answered {status}: {text[:300]}")
        self.gather = self.record = self.dialed = None
        self._follow(ET.fromstring(text), url)  # noqa: S314 - our own answer

    def _follow(self, root: ET.Element, url: str) -> None:
        verbs = list(root)
        for place, verb in enumerate(verbs):
            if verb.tag in ("Say", "Play", "Pause"):
                self.heard.append(verb.text or "")
            elif verb.tag == "Gather":
                self.heard += [line.text or "" for line in verb]
                self.gather, self.onward = verb, (verbs[place + 1].text or "") if verbs[place + 1 :] else ""
                return
            else:
                self._do(verb, url)
                return
        self.hang_up()

    def _do(self, verb: ET.Element, url: str) -> None:
        if verb.tag == "Redirect":
            self.ask(urljoin(url, verb.text or ""))
        elif verb.tag == "Enqueue":
            self.state, self.queue, self.left_url = "queued", verb.text or "", verb.get("action", "")
            self.ask(verb.get("waitUrl", ""), QueuePosition="1", QueueTime="0")
        elif verb.tag == "Leave":
            self.leave("leave")
        elif verb.tag == "Record":
            self.record = verb
        elif verb.tag == "Dial":
            self._dial(verb)
        else:
            self.hang_up()

    def _dial(self, verb: ET.Element) -> None:
        target = verb[0]
        self.dialed = verb
        if target.tag == "Queue":
            waiting = [leg for leg in self.twilio.legs.values() if (leg.state, leg.queue) == ("queued", target.text)]
            if waiting:
                self.state = waiting[0].state = "bridged"
                self.peer, waiting[0].peer = waiting[0], self

    def leave(self, result: str) -> None:
        """The waiting is over."""
        self.state = "talking"
        self.ask(self.left_url, QueueResult=result, QueueTime="20")

    def press(self, keys: str) -> None:
        """Press keys while something is asked."""
        if self.gather is None:
            raise AssertionError(f"nothing is asked; heard {self.heard}")
        self.ask(self.gather.get("action", ""), Digits=keys)

    def say(self, words: str) -> None:
        """Say something while something is asked."""
        if self.gather is None:
            raise AssertionError(f"nothing is asked; heard {self.heard}")
        self.ask(self.gather.get("action", ""), SpeechResult=words, Confidence="0.9")

    def stay_silent(self) -> None:
        """Press nothing, until it goes on by itself; in a queue: the next round of music."""
        self.ask(self.onward)

    def pick_up(self) -> None:
        """Answer a phone that rings."""
        if self.state != "ringing":
            raise AssertionError(self.state)
        self.state = "talking"
        self.ask(self.answered_url)

    def leave_message(self, transcript: str = "") -> None:
        """Speak after the tone."""
        if self.record is None:
            raise AssertionError(f"nothing is recorded; heard {self.heard}")
        verb, sid = self.record, self.twilio.next_sid("RE")
        self.twilio.recordings[sid] = MP3
        self.ask(verb.get("action", ""), RecordingSid=sid, RecordingDuration="7", Digits="#")
        told = {"RecordingSid": sid, "RecordingStatus": "completed", "RecordingDuration": "7"}
        self.tell(verb.get("recordingStatusCallback", ""), **told)
        if transcript and verb.get("transcribeCallback"):
            said = {"RecordingSid": sid, "TranscriptionText": transcript, "TranscriptionStatus": "completed"}
            self.tell(verb.get("transcribeCallback", ""), **said)

    def tell(self, url: str, **more: str) -> int:
        """Report something; the answer does not matter."""
        return self.twilio.post_form(url, self.fields(**more))[0]

    def customer_answers(self) -> "Leg":
        """Whoever this leg dials picks up; returns their leg."""
        number, dial = self._number(), self.dialed
        caller = (dial.get("callerId") if dial is not None else "") or self.called
        customer = Leg(self.twilio, self.twilio.next_sid("CA"), caller, number.text or "")
        customer.direction, customer.status_url = "outbound-dial", number.get("statusCallback", "")
        self.twilio.legs[customer.sid] = customer
        self.state = customer.state = "bridged"
        self.peer, customer.peer = customer, self
        customer.tell(customer.status_url, CallStatus="in-progress", ParentCallSid=self.sid)
        return customer

    def customer_done(self, status: str = "completed", seconds: int = 60) -> None:
        """The call to whoever this leg dials is over."""
        dial = self.dialed
        if dial is None:
            raise AssertionError("nobody is dialed")
        self.state, customer, self.peer = "talking", self.peer, None
        if customer is not None:
            customer.state, customer.peer = "over", None
            customer._over("completed")
        self.ask(dial.get("action", ""), DialCallStatus=status, DialCallDuration=str(seconds))

    def _number(self) -> ET.Element:
        if self.dialed is None or self.dialed[0].tag != "Number":
            raise AssertionError("no number is dialed")
        return self.dialed[0]

    def recorded(self) -> str:
        """The recording of the dialed call is ready; returns its id."""
        dial, sid = self.dialed, self.twilio.next_sid("RE")
        if dial is None or not dial.get("record"):
            raise AssertionError("this call is not recorded")
        self.twilio.recordings[sid] = MP3
        self.tell(dial.get("recordingStatusCallback", ""), RecordingSid=sid, RecordingStatus="completed")
        return sid

    def hang_up(self) -> None:
        """Put the phone down."""
        with self.twilio.lock:  # the API redirects nobody who is just hanging up
            if self.state == "over":
                return
            was, self.state = self.state, "over"
            if was == "queued":
                self.tell(self.left_url, QueueResult="hangup", QueueTime="20", CallStatus="completed")
            peer, self.peer = self.peer, None
            if peer is not None:
                if self.dialed is not None:
                    self.tell(self.dialed.get("action", ""), DialCallStatus="completed", DialCallDuration="60")
                peer._parted()
            self._over("completed")

    def go_to(self, url: str) -> None:
        """What a redirection does: it goes on there, and whoever it was connected to goes on alone."""
        was, self.state = self.state, "talking"
        peer, self.peer = self.peer, None
        if self.left_url and was in ("queued", "bridged"):
            result = "redirected" if was == "queued" else "redirected-from-bridged"
            self.tell(self.left_url, QueueResult=result, QueueTime="20")
        self.ask(url)
        if peer is not None:
            peer._parted()

    def _parted(self) -> None:
        """The other has gone."""
        self.state, self.peer = "talking", None
        if self.dialed is not None:
            self.ask(self.dialed.get("action", ""), DialCallStatus="completed", DialCallDuration="60")
        elif self.left_url:
            self.ask(self.left_url, QueueResult="bridged", QueueTime="20")
        else:
            self.hang_up()

    def decline(self, status: str = "no-answer") -> None:
        """Do not answer a phone that rings."""
        self.state = "over"
        self._over(status)

    def _over(self, status: str) -> None:
        url = self.status_url or (f"{self.twilio.hook_url}/status" if not self.answered_url else "")
        if url:
            self.tell(url, CallStatus=status, CallDuration="61")


def error(code: int, words: str, status: int) -> Reply:
    """An error as Twilio spells it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply.of({"code": code, "message": words, "more_info": more, "status": status}, status)
