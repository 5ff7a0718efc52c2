"""A browser without script: cookies, redirects, links and forms. It keeps each request it made."""

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    text: str = ""


class _Parser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.forms, self.words, self._link = [], [], [], None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a":
            self._link = [attrs.get("href", ""), ""]
            self.links.append(self._link)
        elif tag == "form":
            self.forms.append(Form(attrs.get("action") or "", attrs.get("method", "get").lower()))
        elif tag in ("input", "button") and self.forms and attrs.get("name"):
            self.forms[-1].fields[attrs["name"]] = attrs.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "a":
            self._link = None

    def handle_data(self, data):
        self.words.append(data)
        if self._link:
            self._link[1] += data
        if self.forms:
            self.forms[-1].text += data


class Page:
    def __init__(self, status: int, url: str, headers, body: str):
        self.status, self.url, self.headers, self.body = status, url, headers, body
        parser = _Parser()
        parser.feed(body)
        self.links, self.forms = parser.links, parser.forms
        self.text = re.sub(r"\s+", " ", "".join(parser.words))

    def __str__(self):
        return f"{self.status} {urllib.parse.urlsplit(self.url).path}: {self.text[:400]}"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    def __init__(self):
        # Without the environment's proxy: everything is on loopback.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()), _Stay
        )
        self.trail: list[str] = []

    def request(self, method: str, url: str, data: bytes | None = None, headers: dict | None = None) -> Page:
        """One request; redirects are not followed."""
        self.trail.append(f"{method} {url}")
        request = urllib.request.Request(url, data, headers or {}, method=method)
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(answer.status, url, answer.headers, answer.read().decode("utf-8", "replace"))

    def go(self, method: str, url: str, data: bytes | None = None, until: str | None = None) -> Page:
        """A request and the redirects after it, up to one that begins with `until`, which is not requested."""
        headers = {"Origin": "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(url))} if data is not None else {}
        for _ in range(20):
            page = self.request(method, url, data, headers)
            location = page.headers.get("Location")
            if page.status not in (301, 302, 303, 307, 308) or not location:
                return page
            if page.status not in (307, 308):
                method, data, headers = "GET", None, {}
            url = urllib.parse.urljoin(url, location)
            if until and url.startswith(until):
                return Page(page.status, url, page.headers, "")
        raise AssertionError(f"more than 20 redirects, the last to {url}")

    def get(self, url: str, until: str | None = None) -> Page:
        return self.go("GET", url, until=until)

    def submit(self, page: Page, form: Form, values: dict[str, str], until: str | None = None) -> Page:
        url = urllib.parse.urljoin(page.url, form.action)
        query = urllib.parse.urlencode({**form.fields, **values})
        if form.method == "post":
            return self.go("POST", url, query.encode(), until)
        return self.go("GET", f"{url}?{query}", until=until)

    def choose(self, page: Page, label: str, until: str | None = None) -> Page:
        """Follows the link, or submits the form, that says `label`."""
        for href, text in page.links:
            if label in text:
                return self.get(urllib.parse.urljoin(page.url, href), until)
        for form in page.forms:
            if label in form.text:
                return self.submit(page, form, {}, until)
        raise AssertionError(f"nothing says “{label}” on {page}")
