"""The server: the views of a report, asked of the release as they are looked at; judgements are kept beside it.

It is made for one person on one machine. Requests must name this machine as their host, so that no page of another site
can reach it under a name of its own; judgements must come from our own views.
"""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.audit import report, site
from pipeline.audit.gallery import Gallery
from pipeline.audit.search import search
from pipeline.audit.shards import dumped
from pipeline.errors import JingwenError, UsageError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_BODY = 1_000_000
_HEADERS = {
    "Content-Security-Policy": site.SERVER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SCRIPT, _CSV = "text/javascript; charset=utf-8", "text/csv; charset=utf-8"
_TYPES = {".js": _SCRIPT, ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def app(gallery: Gallery, hosts: tuple[str, ...] | None = LOOPBACK) -> "Starlette":
    """The application; `hosts` are the names under which it answers, None for any."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool as aside
    from starlette.requests import Request
    from starlette.responses import JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route

    files = dict(site.static_files())
    views = {view.file: view for view in (*site.VIEWS, site.PAGE, site.PAIR)}

    def json(thing: Any, status: int = 200) -> Response:
        return Response(dumped(thing), status, media_type="application/json")

    async def html(request: Request) -> Response:
        view = views.get(request.path_params.get("file", "index.html"))
        return Response(await aside(gallery.html, view), media_type="text/html") if view else _missing()

    async def rule(request: Request) -> Response:
        code = request.path_params["code"]
        if code not in gallery.codes:
            return _missing()
        return Response(await aside(gallery.html, site.RULE, code), media_type="text/html")

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        return Response(files[name], media_type=_TYPES[Path(name).suffix]) if name in files else _missing()

    async def meta(request: Request) -> Response:
        return Response(await aside(lambda: gallery.meta), media_type=_SCRIPT)

    async def page(request: Request) -> Response:
        found = await aside(gallery.page, request.query_params.get("id", ""))
        return json(found) if found else _missing()

    async def found(request: Request) -> Response:
        result = await aside(search, gallery.archive, dict(request.query_params))
        return json(result._asdict())

    async def data(request: Request) -> Response:
        thing = await aside(gallery.data, request.path_params["name"])
        return _missing() if thing is None else json(thing)

    async def said(request: Request) -> Response:
        if request.method == "GET":
            return json((await aside(gallery.judged)).records)
        origin = request.headers.get("origin")
        kind = request.headers.get("content-type", "").partition(";")[0]
        if origin != f"{request.url.scheme}://{request.headers.get('host')}" or kind != "application/json":
            return PlainTextResponse("Judgements come from the views of this server, as JSON.", 403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BODY:
                return PlainTextResponse("Too many judgements at once.", 413)
        await aside(gallery.say, _parsed(body))
        return JSONResponse({"kept": True})

    async def table(request: Request) -> Response:
        tables = await aside(report.tables, gallery.archive)
        name = request.path_params["name"]
        return Response(report.guarded(tables[name]), media_type=_CSV) if name in tables else _missing()

    async def told(request: Request, error: Exception) -> Response:
        return PlainTextResponse(str(error), 400)

    made = Starlette(
        routes=[
            Route("/", html), Route("/data/meta.js", meta), Route("/data/page", page), Route("/data/search", found),
            Route("/data/judgements", said, methods=["GET", "POST"]), Route("/data/{name}.json", data),
            Route("/static/{name}", static), Route("/rules/{code}.html", rule), Route("/{name}.csv", table),
            Route("/{file}", html),
        ],
        exception_handlers={JingwenError: told},
    )  # fmt: skip
    made.add_middleware(_Guard, hosts=hosts)
    return made


def _missing() -> "Response":
    from starlette.responses import PlainTextResponse

    return PlainTextResponse("There is nothing of that name.", 404)


def _parsed(body: bytes) -> Any:
    import orjson

    try:
        return orjson.loads(body)
    except ValueError:
        raise UsageError("That is no JSON.") from None


class _Guard:
    """Answers under known names only, and sends our headers with every answer."""

    def __init__(self, inner: Any, hosts: tuple[str, ...] | None) -> None:
        self._inner = inner
        self._hosts = hosts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def headed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(k.lower().encode(), v.encode()) for k, v in _HEADERS.items()]
            await send(message)

        if self._hosts is not None and _host_of(scope) not in self._hosts:
            await headed({"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"This server answers under its own name only."})
            return
        await self._inner(scope, receive, headed)


def _host_of(scope: Any) -> str:
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    name = given.rpartition(":")[0] if given.rpartition(":")[2].isdigit() else given
    return name.strip("[]").lower()


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens; raises UsageError where it cannot, and says why."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"{host}:{port}: {error.strerror or error}. Name another port with --port, or 0 for any that is free."
        ) from None


class Running(NamedTuple):
    """A server that listens: its address, what serves until it is interrupted, and what ends that."""

    address: str
    serve: Callable[[], None]
    stop: Callable[[], None]


def running(gallery: Gallery, host: str, port: int) -> Running:
    """A server for a gallery; raises UsageError where it cannot listen there."""
    import uvicorn

    listening = bound(host, port)
    hosts = LOOPBACK if host in LOOPBACK else None
    config = uvicorn.Config(app(gallery, hosts), log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listening.getsockname()[1]}/"
    return Running(address, lambda: server.run(sockets=[listening]), stop)
