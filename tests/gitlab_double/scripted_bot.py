"""A bot that only plays: it does what a script says at every merge request hook. It tests the demonstration."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gitlab


class ScriptedBot:
    """Listens at `url`; on every merge request hook it calls `script(merge_request, payload)`."""

    def __init__(self, double, script) -> None:
        api = gitlab.Gitlab(double.url, private_token=double.BOT_TOKEN, timeout=10)

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self):
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(202)
                self.end_headers()
                if payload["object_kind"] == "merge_request":
                    project = api.projects.get(payload["project"]["id"], lazy=True)
                    script(project.mergerequests.get(payload["object_attributes"]["iid"]), payload)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks/gitlab"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
