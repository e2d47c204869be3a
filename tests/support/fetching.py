"""What the tests of fetching share: a loopback server that behaves badly, a tar writer, and looks at what is left."""

import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from knnkd.corpus.download import Network
from support.workflow import run_script

TEXT = "Guten Morgen.\nZeile\u2028eins\nGrüße\n".encode()
QUICK = Network(retries=2, timeout=5, delay=0.001)


class Server:
    """Answers `/name` with what `replies[name]` lists next: (status, body, announced length, or None for no header)."""

    def __init__(self) -> None:
        self.replies: dict[str, list[tuple[int, bytes, int | None]]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                outer.asked.append(name)
                queue = outer.replies.get(name, [(404, b"none", 4)])
                status, body, length = queue.pop(0) if len(queue) > 1 else queue[0]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body.decode())
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep standard error for the tests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def serve(self, name: str, *replies: tuple[int, bytes] | tuple[int, bytes, int | None]) -> str:
        self.replies[name] = [reply if len(reply) == 3 else (*reply, len(reply[1])) for reply in replies]
        return self.url(name)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def fetch_source(output, wanted, where=(), whose=()):
    """Run fetch_source.py and return the finished process."""
    slices = {"settings": wanted, "where": where, "credits": whose}
    flags = [word for name, values in slices.items() for word in (f"--{name}", json.dumps(dict(values)))]
    return run_script("fetch_source.py", *flags, "--output", output)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def nothing_left(output: Path) -> bool:
    return not output.parent.exists() or not list(output.parent.iterdir())


def complete(output: Path) -> bool:
    return sorted(file.name for file in output.parent.iterdir()) == ["train.de", "train.de.source.json"]


def tar(path: Path, mode: str, **members: bytes | tarfile.TarInfo) -> Path:
    """Write a tar file of regular members and ready-made infos, named by the keywords."""
    with tarfile.open(path, mode) as archive:
        for name, member in members.items():
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(member)
                archive.addfile(info, io.BytesIO(member))
    return path
