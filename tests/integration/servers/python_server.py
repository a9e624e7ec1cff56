"""http.server, a thread per connection: / and /bytes/N keep alive, /close/N ends with it."""

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: each would wait 40 ms

    def do_GET(self):
        kind, _, size = self.path.strip("/").partition("/")
        body = b"x" * int(size or 6)
        self.send_response(200)
        if kind == "close":
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
