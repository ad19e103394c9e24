"""A browser without a window: cookies, forms filled in and sent as the page offers them, redirects followed."""

import re
import urllib.error
import urllib.request
import uuid
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

from tests.support.shop import PASSWORD


class _Forms(HTMLParser):
    """The forms of a page: attributes, and the values that they would send as they stand."""

    def __init__(self, page):
        super().__init__()
        self.found, self._area = [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.found.append((attrs, {}))
        if not self.found:
            return
        values = self.found[-1][1]
        if tag == "input" and "name" in attrs and attrs.get("type") != "file":
            if attrs.get("type") not in ("radio", "checkbox") or "checked" in attrs:
                values[attrs["name"]] = attrs.get("value", "on")
        elif tag == "textarea":
            self._area = attrs.get("name")
            values[self._area] = ""

    def handle_data(self, data):
        if self._area:
            self.found[-1][1][self._area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None


class Browser:
    """One person's browser at the shop under `root`. `page` is what was got last, `status` its code, `url` where it is."""

    def __init__(self, root):
        self.root = self.url = root
        self.page, self.status = "", 0
        self._known = {}
        self.jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    @property
    def cookies(self):
        """All of them as one header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def get(self, path):
        return self._load(urllib.request.Request(urljoin(self.url, path)))

    def submit(self, action, **values):
        """Fill in the first form whose action ends so, and send it as its `enctype` says."""
        forms = [form for form in _Forms(self.page).found if re.search(action, form[0].get("action") or self.url)]
        assert forms, f"no form for {action} on {self.url}"
        attrs, filled = forms[0]
        filled = {**filled, **values}
        if attrs.get("enctype") == "multipart/form-data":
            mark = uuid.uuid4().hex
            parts = [
                f'--{mark}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in filled.items()
            ]
            body, kind = "".join([*parts, f"--{mark}--\r\n"]).encode(), f"multipart/form-data; boundary={mark}"
        else:
            body, kind = urlencode(filled).encode(), "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            urljoin(self.url, attrs.get("action") or ""),
            data=body,
            headers={"Content-Type": kind, "Referer": self.url, "Origin": self.root},
        )
        return self._load(request)

    def log_in(self, email, password=PASSWORD):
        self.get(self.root + "/accounts/login/")
        self.submit("login", login=email, password=password)
        assert self.status == 200
        assert "/login/" not in self.url, self.page
        return self

    def open_conversation(self, subject):
        """The page of the conversation with this subject, found in the list of all open ones; empty while it is not there."""
        if subject not in self._known:
            self.get(self.root + "/desk/open/")
            rows = re.findall(r'href="(/desk/c/[^"?]+/)[^"]*"(.*?)</a>', self.page, re.DOTALL)
            self._known.update((subject, href) for href, row in rows if subject in row)
        return self.get(self._known[subject]) if subject in self._known else ""

    def _load(self, request):
        try:
            with self._opener.open(request, timeout=20) as answer:
                self.status, self.url, self.page = answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            self.status, self.url, self.page = error.code, error.url, error.read().decode()
        return self.page
