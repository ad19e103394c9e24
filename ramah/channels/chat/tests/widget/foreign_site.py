"""A site of somebody else with the chat on it, at another origin than the shop, with the headers and styles a test wants."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>Roti Ibu</h1><p><a href="/other/">Other page</a> <button>Buy</button></p>{body}</main>{tag}</body></html>"""


class ForeignSite:
    """Every path answers with the page; `/style.css` with `css`, `/ad.html` with an empty page."""

    def __init__(
        self, shop_url, *, policy="", css="", body="", title="Roti", language="en", attributes="", name="localhost"
    ):
        self.policy, self.css = policy, css
        self.tag = f'<script src="{shop_url}/chat/widget.js" data-inbox="shop" {attributes} async></script>'
        self.page = PAGE.format(language=language, title=title, body=body, tag=self.tag)
        site = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self):
                is_style = self.path == "/style.css"
                content = site.css if is_style else "<!doctype html>" if self.path == "/ad.html" else site.page
                self.send_response(200)
                self.send_header("Content-Type", "text/css" if is_style else "text/html; charset=utf-8")
                if site.policy:
                    self.send_header("Content-Security-Policy", site.policy)
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        # Another name than the shop's address: another site, where Chromium keeps nothing for frames in a window like ours.
        self.origin = f"http://{name}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
