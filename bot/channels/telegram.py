"""Telegram: python-telegram-bot's `Bot` and `Update`, without its queue, updater and rate limiter.

Updates come by webhook or by our own `get_updates` loop, whose offset moves only after the commit (PTB's Updater confirms
updates that are merely in memory). The Bot API: https://core.telegram.org/bots/api
"""

import asyncio
import html
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import BaseRequest, HTTPXRequest

from bot.cards import Block, Card
from bot.channels.port import Inbound, Later, Never, SendResult, Sent, Unknown
from bot.channels.text import isolate_numbers, split
from bot.turn import COMMANDS, Incoming, written
from core.errors import SettingsError
from core.locales import SERVED
from translations.catalog import say

log = logging.getLogger(__name__)
#: The library's coming way to give periods of time; its old one warns.
os.environ.setdefault("PTB_TIMEDELTA", "true")

NAME = "telegram"
#: Telegram's limits: text in UTF-16 units, `callback_data` in bytes.
MAX_TEXT, MAX_CALLBACK_BYTES = 4096, 64
#: Buttons a row: short labels side by side, long ones alone.
SHORT_LABEL = 18
#: Seconds an API call may take, and how long Telegram may hold a poll open.
TIMEOUT, POLL_SECONDS = 20.0, 25

_MEDIA = {
    "photo": "photo",
    "voice": "voice",
    "audio": "voice",
    "video_note": "voice",
    "location": "location",
    "venue": "location",
    "sticker": "sticker",
    "document": "document",
    "video": "video",
    "animation": "animation",
    "contact": "contact",
    "poll": "poll",
}


class Telegram:
    """One bot account. Owns an event loop in a thread; `send` may be called from any other thread."""

    name = NAME
    reads_the_table = False

    def __init__(
        self, token: str, api_base: str = "https://api.telegram.org", request: BaseRequest | None = None
    ) -> None:
        # The first part of a token is the bot's id: public, and what tells accounts apart.
        self.account_id, _, secret = token.partition(":")
        if not (self.account_id.isdecimal() and secret):
            raise SettingsError("WAYPOST_TELEGRAM_TOKEN: not a bot token; ask BotFather for one")
        requests = request or HTTPXRequest(connection_pool_size=16, read_timeout=TIMEOUT, connect_timeout=TIMEOUT)
        polling = request or HTTPXRequest(read_timeout=POLL_SECONDS + TIMEOUT)
        self._bot = Bot(token, base_url=f"{api_base}/bot", request=requests, get_updates_request=polling)
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        #: Set when Telegram refuses the token or another poller runs: shown by `waypost check` and /readyz.
        self.fault: str | None = None

    # --- in -----------------------------------------------------------------------------------------------------------

    def read(self, data: dict[str, Any]) -> Inbound | None:
        """An update of the Bot API in neutral form; None for what is not a private message or a pressed button.

        Raises ValueError when the data is not an update.
        """
        try:
            return self._read(Update.de_json(data, self._bot))
        except (TypeError, KeyError, AttributeError, ValueError, OverflowError) as wrong:
            raise ValueError("not a Telegram update") from wrong

    def _read(self, update: Update) -> Inbound | None:
        if update.callback_query and update.callback_query.from_user:
            return self._pressed(update)
        # An edited message is read again: what it says now is what the person means.
        message = update.message or update.edited_message
        if message is None or message.from_user is None or message.chat.type != "private":
            return None
        return self._inbound(update, message.chat.id, message.from_user.language_code, _incoming(message))

    def group_of(self, data: dict[str, Any]) -> int | None:
        """The group an update comes from, when the bot was put into one: it says one sentence there and leaves."""
        message = data.get("message") or data.get("my_chat_member") or {}
        chat = message.get("chat", {}) if isinstance(message, dict) else {}
        return (
            chat.get("id")
            if isinstance(chat, dict) and chat.get("type") in ("group", "supergroup", "channel")
            else None
        )

    def _pressed(self, update: Update) -> Inbound | None:
        query = update.callback_query
        if query is None or query.data is None:
            return None
        label = _label_of(query.data, query.message if isinstance(query.message, Message) else None)
        incoming = Incoming("choice", choice=query.data, text=label, media_ref=query.id)
        return self._inbound(update, query.from_user.id, query.from_user.language_code, incoming)

    def _inbound(self, update: Update, chat_id: int, language: str | None, incoming: Incoming) -> Inbound:
        person = str(chat_id)
        tag = str(language) if language else None
        return Inbound(NAME, self.account_id, str(update.update_id), person, person, incoming, tag)

    def acknowledge(self, inbound: Inbound) -> None:
        """Stop the little clock on a pressed button. Best effort: the press itself is already saved."""
        if inbound.incoming.kind == "choice" and inbound.incoming.media_ref:
            query_id = inbound.incoming.media_ref
            self._submit(_quietly(self._bot.answer_callback_query(query_id)))

    def leave(self, chat_id: int, locale: str) -> None:
        """Say that groups are refused, and leave. Nothing is stored."""

        async def go() -> None:
            await self._bot.send_message(chat_id, say("group.refused", locale))
            await self._bot.leave_chat(chat_id)

        self._submit(_quietly(go()))

    # --- out ----------------------------------------------------------------------------------------------------------

    def render(self, card: Card) -> list[dict[str, Any]]:
        """HTML texts of at most 4,096 units; the buttons stand under the last."""
        texts = split(_pieces(card), MAX_TEXT)
        parts: list[dict[str, Any]] = [{"text": text} for text in texts or ["…"]]
        buttons = [
            [choice.id, choice.label] for choice in card.choices if len(choice.id.encode()) <= MAX_CALLBACK_BYTES
        ]
        parts[-1]["buttons"] = _rows(buttons)
        return parts

    def send(self, address: str, part: dict[str, Any]) -> SendResult:
        """Send one part and wait for Telegram's answer."""
        try:
            sent = self._run(self._send(int(address), part))
        except Exception as wrong:  # noqa: BLE001 - every class of PTB is told apart below
            return self._outcome(wrong)
        self.fault = None
        return Sent(str(sent.message_id))

    async def _send(self, chat_id: int, part: dict[str, Any]) -> Message:
        rows = [
            [InlineKeyboardButton(label, callback_data=data) for data, label in row] for row in part.get("buttons", [])
        ]
        markup = InlineKeyboardMarkup(rows) if rows else None
        preview = LinkPreviewOptions(is_disabled=True)
        try:
            return await self._bot.send_message(
                chat_id, part["text"], parse_mode=ParseMode.HTML, reply_markup=markup, link_preview_options=preview
            )
        except BadRequest as wrong:
            if "parse entities" not in str(wrong).lower():
                raise
            # A slip in our markup must not keep the words from the person.
            plain = html.unescape(
                part["text"].replace("<b>", "").replace("</b>", "").replace("<i>", "").replace("</i>", "")
            )
            return await self._bot.send_message(chat_id, plain, reply_markup=markup, link_preview_options=preview)

    def _outcome(self, wrong: Exception) -> SendResult:
        """PTB's errors as results. Children are tested before their parent NetworkError."""
        reason = type(wrong).__name__
        match wrong:
            case Forbidden():
                return Never(reason, unreachable=True)
            case RetryAfter():
                after = wrong.retry_after
                return Later(reason, after=after if isinstance(after, int | float) else after.total_seconds())
            case BadRequest() | ChatMigrated():
                return Never(reason)
            case TimedOut() | TimeoutError():
                return Unknown(reason)
            case InvalidToken() | Conflict():
                self.fault = reason
                return Later(reason, after=1800.0)
            case NetworkError():
                return Later(reason)
        log.error("unexpected error of the Telegram library: %s", reason)
        return Unknown(reason)

    # --- the account --------------------------------------------------------------------------------------------------

    def poll(self, handle: Callable[[list[dict[str, Any]]], None], stop: threading.Event) -> None:
        """Fetch updates until told to stop. `handle` commits them; only then does Telegram hear that we have them."""
        offset: int | None = None
        ours = False
        while not stop.is_set():
            try:
                if not ours:  # while a webhook is set, Telegram gives no updates
                    ours = bool(self._run(self._bot.delete_webhook()))
                updates = self._run(
                    self._bot.get_updates(
                        offset=offset,
                        timeout=POLL_SECONDS,
                        allowed_updates=["message", "edited_message", "callback_query", "my_chat_member"],
                    ),
                    POLL_SECONDS + TIMEOUT,
                )
                if updates:
                    handle([update.to_dict() for update in updates])
                    offset = updates[-1].update_id + 1
                self.fault = None
            except (InvalidToken, Conflict) as wrong:
                self.fault = type(wrong).__name__
                log.error("Telegram refuses to give us updates: %s", self.fault)
                stop.wait(30)
            except Exception as wrong:  # noqa: BLE001 - network or database: try again, nothing was confirmed
                log.warning("fetching updates failed: %s", type(wrong).__name__)
                stop.wait(3)

    def introduce(self) -> None:
        """Tell Telegram our commands, in every language. Called at start; a failure is only logged."""

        async def go() -> None:
            for tag in SERVED:
                commands = [BotCommand(name, say(f"command.{name}", tag)) for name in COMMANDS]
                await self._bot.set_my_commands(commands, language_code=None if tag == "en" else tag)

        self._submit(_quietly(go()))

    def close(self) -> None:
        """Stop the event loop."""
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        if not self._loop.is_running():
            self._loop.close()

    def _run(self, call: Coroutine[Any, Any, Any], timeout: float = TIMEOUT * 2) -> Any:
        self._start()
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(timeout)

    def _submit(self, call: Coroutine[Any, Any, None]) -> None:
        self._start()
        asyncio.run_coroutine_threadsafe(call, self._loop)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop.run_forever, name="waypost-telegram", daemon=True)
                self._thread.start()


async def _quietly(call: Coroutine[Any, Any, Any]) -> None:
    try:
        await call
    except Exception as wrong:  # noqa: BLE001 - whatever it is, nothing depends on it
        log.warning("a call to Telegram that may fail has failed: %s", type(wrong).__name__)


def _incoming(message: Message) -> Incoming:
    text = message.text or message.caption or ""
    media = next((kind for field, kind in _MEDIA.items() if getattr(message, field, None)), "")
    if media:
        # A location is not kept: nobody needs to know where somebody is.
        reference = "" if media == "location" else _file_id(message)
        return Incoming("media", text=text, media=media, media_ref=reference)
    if not message.text:
        return Incoming("media", media="other")
    return written(text)


def _file_id(message: Message) -> str:
    found = message.effective_attachment
    if isinstance(found, list | tuple):
        found = found[-1] if found else None
    return str(getattr(found, "file_id", ""))


def _label_of(data: str, message: Message | None) -> str:
    markup = message.reply_markup if message else None
    rows = markup.inline_keyboard if markup else ()
    return next((button.text for row in rows for button in row if button.callback_data == data), "")


def _pieces(card: Card) -> list[str]:
    """The card as complete pieces of HTML, one a paragraph."""
    pieces = [_piece(block, card.locale) for block in card.blocks]
    if card.sources:
        lines = [f"<b>{_text(card.sources_title, card.locale)}</b>"] if card.sources_title else []
        for source in card.sources:
            lines += [_text(source.title, card.locale), html.escape(source.url, quote=False)]
        lines += [f"<i>{_text(card.checked, card.locale)}</i>"] if card.checked else []
        pieces.append("\n".join(lines))
    pieces += [_piece(block, card.locale) for block in card.footer]
    return [piece for piece in pieces if piece]


def _piece(block: Block, locale: str) -> str:
    locale = block.locale or locale
    match block.kind:
        case "heading":
            return f"<b>{_text(block.text, locale)}</b>"
        case "notice":
            return f"<i>{_text(block.text, locale)}</i>"
        case "steps":
            return "\n".join(_text(f"{number}. {item}", locale) for number, item in enumerate(block.items, start=1))
        case "bullets":
            return "\n".join(_text(f"• {item}", locale) for item in block.items)
        case "link":
            return "\n".join(filter(None, [_text(block.text, locale), html.escape(block.url, quote=False)]))
    return _text(block.text, locale)


def _text(text: str, locale: str) -> str:
    return html.escape(isolate_numbers(text, locale), quote=False)


def _rows(buttons: list[list[str]]) -> list[list[list[str]]]:
    rows: list[list[list[str]]] = []
    for button in buttons:
        short = len(button[1]) <= SHORT_LABEL
        if short and rows and len(rows[-1]) < 2 and len(rows[-1][0][1]) <= SHORT_LABEL:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows
