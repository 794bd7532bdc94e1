"""A double of the Hub, over HTTP: the endpoints that `huggingface_hub` calls to publish a dataset and to read it."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

TOKEN = "hf_" + "q" * 34


class Hub:
    """A server of one machine: repositories with their commits, tags, and the tokens it was sent."""

    def __init__(self) -> None:
        self.repositories: dict[str, list[dict[str, bytes]]] = {}
        self.tags: dict[str, dict[str, int]] = {}
        self.objects: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.refuse = ""
        hub = self

        class Handler(_Handler):
            double = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def head(self, name: str) -> dict[str, bytes]:
        return self.repositories[name][-1]

    def at(self, name: str, revision: str) -> dict[str, bytes]:
        known = self.tags.get(name, {})
        return self.repositories[name][known.get(revision, -1)]


class _Handler(BaseHTTPRequestHandler):
    double: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answered(self, status: int, data: bytes | object = b"", **headers: str) -> None:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _handled(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(iter(self._chunk, b""))
        path = unquote(urlsplit(self.path).path)
        self.double.calls.append(f"{self.command} {path}")
        if self.double.refuse and self.double.refuse in path:
            return self._answered(500, {"error": "Out of order."})
        if not path.startswith("/objects/") and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answered(401, {"error": "Invalid credentials in Authorization header"})
        for method, pattern, answer in _ROUTES:
            found = re.fullmatch(pattern, path)
            if method == self.command and found:
                answer(self, body, *found.groups())
                return None
        return self._answered(404, {"error": f"{self.command} {path}"})

    def _chunk(self) -> bytes:
        data = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return data

    do_GET = do_HEAD = do_POST = do_PUT = _handled  # noqa: N815  # the names that http.server looks for

    def _create(self, body: bytes) -> None:
        told = json.loads(body)
        name = f"{told['organization']}/{told['name']}" if told.get("organization") else f"me/{told['name']}"
        if name in self.double.repositories:
            return self._answered(409, {"error": "there already", "url": f"{self.double.address}/datasets/{name}"})
        self.double.repositories[name] = [{".gitattributes": b"*.parquet lfs\n"}]
        self.double.tags[name] = {}
        return self._answered(200, {"url": f"{self.double.address}/datasets/{name}"})

    def _refs(self, body: bytes, name: str) -> None:
        tags = [
            {"name": t, "ref": f"refs/tags/{t}", "targetCommit": f"{i:040x}"} for t, i in self.double.tags[name].items()
        ]
        self._answered(200, {"branches": [], "converts": [], "tags": tags})

    def _tree(self, body: bytes, name: str, revision: str) -> None:
        files = self.double.at(name, revision)
        rows = [{"type": "file", "path": p, "size": len(d), "oid": _git(d)} for p, d in sorted(files.items())]
        self._answered(200, rows)

    def _yaml(self, body: bytes) -> None:
        self._answered(200, {"errors": [], "warnings": []})

    def _preupload(self, body: bytes, name: str, revision: str) -> None:
        files = json.loads(body)["files"]
        modes = [
            {
                "path": f["path"],
                "uploadMode": "lfs" if f["path"].endswith(".parquet") else "regular",
                "shouldIgnore": False,
            }
            for f in files
        ]
        self._answered(200, {"files": modes})

    def _batch(self, body: bytes, name: str) -> None:
        objects = [
            {
                "oid": o["oid"],
                "size": o["size"],
                "actions": {"upload": {"href": f"{self.double.address}/objects/{o['oid']}"}},
            }
            for o in json.loads(body)["objects"]
        ]
        self._answered(200, {"transfer": "basic", "objects": objects})

    def _put(self, body: bytes, oid: str) -> None:
        assert hashlib.sha256(body).hexdigest() == oid
        self.double.objects[oid] = body
        self._answered(200)

    def _commit(self, body: bytes, name: str, revision: str) -> None:
        files = dict(self.double.head(name))
        for line in body.splitlines():
            told: dict[str, Any] = json.loads(line)
            value = told["value"]
            if told["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif told["key"] == "lfsFile":
                files[value["path"]] = self.double.objects[value["oid"]]
            elif told["key"] == "deletedFile":
                del files[value["path"]]
        self.double.repositories[name].append(files)
        oid = f"{len(self.double.repositories[name]) - 1:040x}"
        self._answered(
            200, {"success": True, "commitOid": oid, "commitUrl": f"{self.double.address}/datasets/{name}/commit/{oid}"}
        )

    def _tag(self, body: bytes, name: str, revision: str) -> None:
        self.double.tags[name][json.loads(body)["tag"]] = len(self.double.repositories[name]) - 1
        self._answered(200, {})

    def _resolve(self, body: bytes, name: str, revision: str, path: str) -> None:
        data = self.double.at(name, revision)[path]
        self._answered(
            200, data, ETag=f'"{_git(data)}"', X_Repo_Commit=f"{self.double.tags[name].get(revision, 0):040x}"
        )


def _git(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


_NAME, _REVISION = r"([\w.-]+/[\w.-]+)", r"([\w.-]+)"
_ROUTES: list[tuple[str, str, Any]] = [
    ("POST", "/api/repos/create", _Handler._create),
    ("GET", f"/api/datasets/{_NAME}/refs", _Handler._refs),
    ("GET", f"/api/datasets/{_NAME}/tree/{_REVISION}", _Handler._tree),
    ("POST", "/api/validate-yaml", _Handler._yaml),
    ("POST", f"/api/datasets/{_NAME}/preupload/{_REVISION}", _Handler._preupload),
    ("POST", rf"/datasets/{_NAME}\.git/info/lfs/objects/batch", _Handler._batch),
    ("PUT", "/objects/([0-9a-f]{64})", _Handler._put),
    ("POST", f"/api/datasets/{_NAME}/commit/{_REVISION}", _Handler._commit),
    ("POST", f"/api/datasets/{_NAME}/tag/{_REVISION}", _Handler._tag),
    ("GET", f"/datasets/{_NAME}/resolve/{_REVISION}/(.+)", _Handler._resolve),
    ("HEAD", f"/datasets/{_NAME}/resolve/{_REVISION}/(.+)", _Handler._resolve),
]
