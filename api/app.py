"""The HTTP application: `create_app(world)` puts doors, pages and errors together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles

from api import errors
from api.guard import Guard
from api.routes import articles, chat, handoffs, health, pages, webhooks
from api.world import World

HERE = Path(__file__).parent
#: Front-end libraries that set-up installs by npm; absent in a bare checkout.
VENDOR = HERE / "chat" / "static" / "vendor"

_DESCRIPTION = """Doors for people (web chat, webhooks), the adviser queue, and reading the knowledge base.
Errors are RFC 9457 problem details with a stable `code`."""


def create_app(world: World, start: Callable[[], None], stop: Callable[[], None]) -> FastAPI:
    """The application over a running Waypost. `start` and `stop` are called with the server."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        start()
        yield
        stop()

    app = FastAPI(
        title="Waypost",
        version="0.1.0",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        license_info={"name": "MIT"},
    )
    app.state.world = world
    errors.install(app)
    for module in (webhooks, chat, handoffs, articles, health, pages):
        app.include_router(module.router)
    app.mount("/static/chat", StaticFiles(directory=HERE / "chat" / "static"), name="chat-static")
    app.add_api_route("/docs", _docs, include_in_schema=False, response_class=HTMLResponse, response_model=None)
    app.add_middleware(Guard, origins=tuple(world.settings.origins))
    return app


def _docs() -> HTMLResponse | FileResponse:
    """The API's reference. Its viewer is installed by set-up, not fetched from elsewhere."""
    if not (VENDOR / "swagger-ui-bundle.js").exists():
        return HTMLResponse(
            "<p>The viewer is not installed: run <code>make setup</code>. The description is at /openapi.json.</p>"
        )
    return FileResponse(HERE / "chat" / "static" / "docs.html", media_type="text/html")
