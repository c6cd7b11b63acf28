"""scripted.py - a model server inside of a test: what it answers is a function of the test's own.

The model adds: "What is 7 + 23?" takes it three steps. Beside a reply function a test may give
what GET answers by path, and wrap whatever it likes into Reply(status, headers, body).
"""

import contextlib
import http.server
import json
import random
import re
import threading


class Reply:
    """What is sent: a body that is text, bytes or JSON."""

    def __init__(self, status, body, **headers):
        self.status, self.body, self.headers = status, body, headers


def refusal(status, message, **more):
    return Reply(status, {"error": {"message": message, **more}})


def asked_of(request):
    """All words of a request in one text."""
    return json.dumps(request.get("messages", request.get("prompt", "")))


def _next_step(request, sample, count_so_far):
    words = asked_of(request)
    found = re.search(r"(\d+) \+ (\d+)", words)
    one, two = map(int, found.groups()) if found else (1, 1)
    draw = random.Random(f"{request.get('seed')}/{sample}/{one}/{two}/{count_so_far}")
    result = one + two + draw.choice([0, 0, 0, 1])
    known = re.findall(r"= (\d+)", words)
    result = int(known[-1]) if known else result
    whole = [f"Add {one} and {two}, way {draw.randrange(3)}.", f"{one} + {two} = {result}", f"The answer is \\boxed{{{result}}}."]
    return whole[min(count_so_far, 2):]


def good(request):
    """The reply of a server that finds nothing wrong."""
    words = asked_of(request)
    so_far = len(re.findall(r"\\n\d+\. ", words.split("written so far:")[-1])) if "written so far:" in words else 0
    choices = []
    for sample in range(request.get("n") or 1):
        steps = _next_step(request, sample, so_far)
        text = steps[0] if request.get("stop") else "\n\n".join(steps)
        said = {"message": {"role": "assistant", "content": text}} if "messages" in request else {"text": text}
        choices.append({"index": sample, "finish_reason": "stop", **said})
    usage = {"prompt_tokens": 50, "completion_tokens": 10 * len(choices)}
    return {"id": "x", "model": request.get("model"), "choices": choices, "usage": usage}


def models(*names, owner="someone"):
    return {"object": "list", "data": [{"id": name, "owned_by": owner} for name in names]}


class Server:
    """url; requests: the bodies of all POSTs, headers and paths beside them."""

    def __init__(self, reply, get):
        self.reply, self.get = reply, get
        self.posts = {}  # answers to POSTs of other paths
        self.requests, self.headers, self.paths = [], [], []
        self.lock = threading.Lock()

    def keys(self):
        """The Idempotency-Keys of all POSTs."""
        return [headers["Idempotency-Key"] for headers in self.headers]

    def answer(self, path, headers, request):
        with self.lock:
            if request is not None:
                self.requests.append(request)
                self.headers.append(headers)
                self.paths.append(path)
            number = len(self.requests)
        if request is None:
            said = self.get.get(path.split("?")[0])
            return Reply(404, {"detail": "Not Found"}) if said is None else said
        return self.reply(request, number)


def _handler(server):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body leave together

        def log_message(self, *words):
            pass

        def put(self, said):
            reply = said if isinstance(said, Reply) else Reply(200, said)
            body = reply.body
            if not isinstance(body, bytes):
                body = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.put(server.answer(self.path, dict(self.headers), None))

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if "completions" in self.path:
                self.put(server.answer(self.path, dict(self.headers), body))
            else:
                self.put(server.posts.get(self.path, Reply(404, {"detail": "Not Found"})))

    return Handler


class _Threads(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


@contextlib.contextmanager
def serving(reply=lambda request, number: good(request), get=None):
    """Serve at a free port. get: what GET answers, by path; without it there is the model `fake`."""
    server = Server(reply, {"/v1/models": models("fake"), **(get or {})})
    with _Threads(("127.0.0.1", 0), _handler(server)) as listener:
        server.url = f"http://127.0.0.1:{listener.server_port}/v1"
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def problems(path, count=8):
    """Write sums: q1 is 7 + 23, q2 14 + 26, ..."""
    lines = [{"id": f"q{i}", "problem": f"What is {7 * i} + {3 * i + 20}?", "answer": str(10 * i + 20)} for i in range(1, count + 1)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
