"""A Lambda runtime API on loopback (Lambda developer guide, "Using the Lambda runtime API"), and one process of the functions'
program that asks it for events. It knows nothing of the gate."""

import http.server
import json
import queue
import subprocess
import threading
import time


class Runtime:
    """Starts `program` with `environment`, hands it one event after another, and takes its answers."""

    def __init__(self, program, environment, name="gated-intake"):
        self.events, self.answers = queue.Queue(), queue.Queue()
        self.polled = threading.Event()
        self.first_poll = None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler(name))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        host, port = self.server.server_address
        of_lambda = {
            "AWS_LAMBDA_RUNTIME_API": f"{host}:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        }
        self.started = time.perf_counter()
        self.process = subprocess.Popen([program], env=environment | of_lambda, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def _handler(self, name):
        runtime = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                assert self.path == "/2018-06-01/runtime/invocation/next", self.path
                if not runtime.polled.is_set():
                    runtime.first_poll = time.perf_counter()
                    runtime.polled.set()
                body = runtime.events.get()
                self.send_response(200)
                for header, value in {
                    "Content-Type": "application/json",
                    "Content-Length": len(body),
                    "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                    "Lambda-Runtime-Deadline-Ms": int(time.time() * 1000) + 60_000,
                    "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:us-east-1:111122223333:function:{name}:live",
                    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
                }.items():
                    self.send_header(header, str(value))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                runtime.answers.put((self.path.rsplit("/", 1)[1], json.loads(body) if body else None))

            def log_message(self, *_):
                pass

        return Handler

    def call(self, event, seconds=60):
        """The answer to one event: `("response", …)` or `("error", {"errorType": …})`."""
        self.events.put(json.dumps(event).encode())
        return self.answers.get(timeout=seconds)

    def stop(self):
        """Ends the process; everything that it wrote."""
        self.process.kill()
        self.process.wait()
        self.reader.join(timeout=10)
        self.server.shutdown()
        return "".join(self.log)
