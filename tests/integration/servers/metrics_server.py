"""A server with metrics to probe: metrics_server.py PORT [WORKERS]. Its queue grows by one with each
request for /work, its memory by 256 KiB. WORKERS are child processes that hold the port, too."""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

state = {"work": 0, "reads": 0}
kept = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, body = 200, ""
        if self.path == "/work":
            state["work"] += 1
            kept.append(bytearray(os.urandom(256 * 1024)))
        elif self.path == "/metrics":
            state["reads"] += 1
            work, reads = state["work"], state["reads"]
            body = ("# TYPE app_queue gauge\n"
                    f'app_queue{{name="jobs"}} {work}\napp_queue{{name="mail"}} 1000\n'
                    f'app_requests_total{{code="200"}} {10 * reads}\n'
                    f'app_requests_total{{code="503"}} {reads}\n'
                    f'app_seconds_bucket{{le="0.1"}} {4 * reads}\n'
                    f'app_seconds_bucket{{le="0.3"}} {8 * reads}\n'
                    f'app_seconds_bucket{{le="+Inf"}} {8 * reads}\n')
        elif self.path == "/stats":
            body = '{"cache": {"hit_rate": 94.5, "ready": true}}'
            if self.headers.get("X-Key") != "k":
                status, body = 401, "{}"
        else:
            status = 404
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
parent = os.getpid()
for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 0):
    if os.fork() == 0:
        while os.getppid() == parent:  # a worker that ends with it
            time.sleep(0.1)
        os._exit(0)
server.serve_forever()
