"""`waypost serve` and `waypost telegram`."""

import gc
import ipaddress
import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update

from api.errors import ApiError
from api.routes.webhooks import take_telegram
from core.crypto import new_key
from core.database import Database
from core.errors import SettingsError, WaypostError
from core.places import DEFAULT_PLACE
from core.settings import Settings
from core.staff import Scope, Staff, Token, add_staff, create_token, find_staff
from waypost.wiring import Waypost, build

log = logging.getLogger(__name__)

#: The member of staff of demo mode. Disabled by every start that is not a demo.
DEMO_ADVISER = "demo-adviser"


def serve(settings: Settings, *, demo: bool) -> int:
    """Serve until told to stop."""
    import uvicorn

    from api.app import create_app

    if demo and not _is_loopback(settings.host):
        raise SettingsError(f"WAYPOST_HOST: demo mode serves only on this machine, not on {settings.host}")
    keys = settings.keys or ([_demo_key(settings.data_dir)] if demo else [])
    with only_process(settings.data_dir):
        # Everything read now stays for good: looking through it for garbage again and again would cost half a second.
        gc.disable()
        world = build(settings, keys)
        gc.freeze()
        gc.enable()
        token = _demo_token(world.database, demo=demo)

        def start() -> None:
            world.start()
            # With a webhook secret Telegram calls us; two ways at once are refused by Telegram.
            start_telegram(world, poll=settings.telegram_webhook_secret is None)

        app = create_app(world, start, world.stop)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        server = _Server(config, world, _welcome(settings, token))
        server.run()
        return 0 if server.started else 1


def poll_only(settings: Settings) -> int:
    """Serve Telegram alone, by long polling."""
    if not settings.telegram_token:
        raise SettingsError("WAYPOST_TELEGRAM_TOKEN is missing: ask BotFather for a token")
    with only_process(settings.data_dir):
        world = build(settings)
        stop = world.stopping
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        world.start()
        start_telegram(world, poll=True)
        print("Waypost is listening on Telegram.", flush=True)
        stop.wait()
        world.stop()
    return 0


def start_telegram(world: Waypost, *, poll: bool) -> None:
    """Tell Telegram our commands and, when asked to, fetch updates in a thread until the process stops."""
    from bot.channels.telegram import Telegram

    channel = world.channels.get(Telegram.name)
    if not isinstance(channel, Telegram):
        return

    def handle(updates: list[dict[str, Any]]) -> None:
        for data in updates:
            try:
                take_telegram(world, data)
            except ApiError as wrong:
                # Telegram would send it again for ever; it is not something a person wrote to us.
                log.warning("an update of Telegram was passed over: %s", wrong.code)

    channel.introduce()
    if poll:
        polling = threading.Thread(target=channel.poll, args=(handle, world.stopping), name="waypost-poll", daemon=True)
        polling.start()


class _Server:
    """uvicorn, with a word when it is ready and streams that end when it stops."""

    def __init__(self, config: Any, world: Waypost, welcome: str) -> None:
        import uvicorn

        outer = self

        class Server(uvicorn.Server):
            async def startup(self, sockets: Any = None) -> None:
                await super().startup(sockets)
                outer.started = self.started
                if self.started:
                    print(welcome, flush=True)

            def handle_exit(self, sig: int, frame: Any) -> None:
                world.stopping.set()
                super().handle_exit(sig, frame)

        self.started = False
        self._server = Server(config)

    def run(self) -> None:
        """Serve until told to stop."""
        try:
            self._server.run()
        except SystemExit:
            # uvicorn has already said on the log what it could not do, for example that the port is taken.
            self.started = False


class only_process:  # noqa: N801 - used as a `with` statement's verb
    """Holds a lock on the data folder: the embedded engine is one process. Raises WaypostError when it is held."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "waypost.lock"

    def __enter__(self) -> None:
        import fcntl

        self._file = self._path.open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise AlreadyRunning(f"another Waypost is running on {self._path.parent}; stop it first") from None

    def __exit__(self, *_: object) -> None:
        self._file.close()


class AlreadyRunning(WaypostError):
    """Another Waypost is running on this data folder."""

    code = "already_running"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _demo_key(folder: Path) -> str:
    """The key of a demo install: made once, readable by its owner alone."""
    path = folder / "demo-secret-key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key())
    return path.read_text(encoding="utf-8").strip()


def _demo_token(database: Database, *, demo: bool) -> str | None:
    """A token for the demo adviser; outside demo mode that adviser is disabled."""
    from core.clock import utc_now

    with database.write() as session:
        adviser = find_staff(session, DEFAULT_PLACE, DEMO_ADVISER)
        if not demo:
            session.execute(
                update(Staff)
                .where(Staff.name == DEMO_ADVISER, Staff.disabled_at.is_(None))
                .values(disabled_at=utc_now())
            )
            return None
        if adviser is None:
            adviser = add_staff(session, DEFAULT_PLACE, DEMO_ADVISER, iaa_level=3)
        adviser.disabled_at = None
        session.execute(delete(Token).where(Token.staff_id == adviser.id))
        return create_token(session, adviser, [Scope.ADMIN])


def _welcome(settings: Settings, token: str | None) -> str:
    base = settings.address()
    lines = [
        "",
        "Waypost is ready.",
        f"  Web chat:               {base}/",
        f"  Chat without script:    {base}/chat",
        f"  Advisers (queue API):   {base}/docs  then /api/v1/handoffs",
        f"  Editors (articles API): {base}/docs  then /api/v1/articles",
    ]
    if token:
        lines += [
            "",
            "  Demo sign-in, on this machine only. Send it as the header",
            f"  Authorization: Bearer {token}",
        ]
    return "\n".join(lines)
