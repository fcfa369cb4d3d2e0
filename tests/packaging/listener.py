"""Takes one mail after another on port 25 and one post after another on port 80, and writes them down: listener.py DIR"""

import http.server
import json
import socketserver
import sys
import threading
from pathlib import Path

DIRECTORY = Path(sys.argv[1])


def write(name, text):
    new = DIRECTORY / f".{name}"
    new.write_text(text)
    new.rename(DIRECTORY / name)


class Mail(socketserver.StreamRequestHandler):
    """RFC 5321, as far as a client needs it that sends one message."""

    def handle(self):
        self.say("220 localhost")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.say("354 go on")
                text = b""
                for part in self.rfile:
                    if part.rstrip(b"\r\n") == b".":
                        break
                    text += part
                write("mail", text.decode())
            elif word == b"QUIT":
                return self.say("221 bye")
            self.say("250 localhost" if word in (b"EHLO", b"HELO") else "250 so be it")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class Post(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        write("post", json.dumps({"path": self.path, "headers": dict(self.headers), "body": body}))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


servers = [Server(("127.0.0.1", 25), Mail), Server(("127.0.0.1", 80), Post)]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
servers[0].serve_forever()
