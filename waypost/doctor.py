"""`waypost check`: is this install in order? Looks, tells, changes nothing, prints no secret."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy import func, select

from core.crypto import Keyring
from core.database import Database
from core.errors import WaypostError
from core.locales import SERVED
from core.settings import Settings
from knowledge.models import Article
from nlu.training import load_training
from nlu.understand import DANGER
from nlu.urgency import load_rules
from translations.catalog import check_catalogues, is_reviewed


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    said: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at settings, database, migrations, content, languages and channels."""
    yield _keys(settings)
    yield from _database(settings)
    yield _content("danger rules", lambda: f"{len(load_rules(DANGER).rules)} rules")
    yield _content("training data", lambda: f"{len(load_training().examples)} utterances")
    yield from _languages()
    yield _telegram(settings)
    if settings.nlu == "rasa" and settings.rasa_url:
        yield _rasa(settings.rasa_url, settings.rasa_token)
    staffed = "a person reads the queue" if settings.staffed else "nobody reads the queue; the cards say so"
    yield Finding("staffing", ok=True, said=staffed)
    yield Finding("translation provider", ok=True, said=settings.mt)


def _keys(settings: Settings) -> Finding:
    try:
        Keyring(settings.keys)
    except WaypostError as wrong:
        return Finding("secret keys", ok=False, said=str(wrong))
    return Finding("secret keys", ok=True, said=f"{len(settings.keys)} set")


def _database(settings: Settings) -> Iterator[Finding]:
    from waypost.migrate import is_current

    if not settings.database_url and not (settings.data_dir / "waypost.db").exists():
        yield Finding("database", ok=False, said="not made yet: run waypost setup")
        return
    try:
        database = Database(settings.database(), Keyring(["-" * 32]))
        current = is_current(database)
        with database.read() as session:
            count = session.scalar(select(func.count()).select_from(Article)) if current else 0
        database.close()
    except Exception as wrong:  # noqa: BLE001 - whatever the driver raises, the doctor only names its class
        yield Finding("database", ok=False, said=f"cannot be read ({type(wrong).__name__})")
        return
    yield Finding("migrations", ok=current, said="up to date" if current else "run waypost setup")
    yield Finding("articles", ok=bool(count), said=f"{count} in the knowledge base")


def _content(what: str, count: object) -> Finding:
    try:
        return Finding(what, ok=True, said=count())  # type: ignore[operator] # a function without arguments
    except WaypostError as wrong:
        return Finding(what, ok=False, said=str(wrong))


def _languages() -> Iterator[Finding]:
    wrong = list(check_catalogues())
    said = str(wrong[0]) if wrong else ", ".join(SERVED)
    yield Finding("languages", ok=not wrong, said=said)
    unread = [tag for tag in SERVED if not is_reviewed(tag)]
    if unread:
        yield Finding("review", ok=True, said=f"not yet read by a native speaker: {', '.join(unread)}")


def _rasa(url: str, token: SecretStr | None) -> Finding:
    from nlu.rasa.client import RasaClient, RasaUnavailable

    client = RasaClient(url, token.get_secret_value() if token else None)
    try:
        return Finding("Rasa", ok=True, said=f"serves {client.check()}")
    except RasaUnavailable as wrong:
        return Finding("Rasa", ok=False, said=f"{wrong.detail} The embedded model answers alone.")
    finally:
        client.close()


def _telegram(settings: Settings) -> Finding:
    if not settings.telegram_token:
        return Finding("telegram", ok=True, said="off (no WAYPOST_TELEGRAM_TOKEN)")
    how = "webhook" if settings.telegram_webhook_secret else "polling"
    return Finding("telegram", ok=True, said=how)
