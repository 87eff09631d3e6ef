"""`waypost chat`: the bot in a terminal, with numbered choices. Works with piped input too."""

import sys

from core.settings import Settings
from waypost.ask import Asked, Asker, Question


def talk(settings: Settings, language: str | None, *, trace: bool) -> int:
    """Read lines until the input ends; print replies. A number presses the button with that number."""
    asker = Asker(settings)
    offered: list[list[str]] = []
    if sys.stdin.isatty():
        print("Write a question. A number chooses. End with Ctrl-D.", file=sys.stderr)
    for line in sys.stdin:
        text = line.rstrip("\n")
        if not text.strip():
            continue
        choice = _chosen(text, offered)
        asked = asker.ask(Question("chat", "" if choice else text, "you", language, choice))
        offered = asked.choices
        _show(asked, trace=trace)
    return 0


def _chosen(text: str, offered: list[list[str]]) -> str | None:
    number = text.strip()
    if number.isdecimal() and 1 <= int(number) <= len(offered):
        return offered[int(number) - 1][0]
    return None


def _show(asked: Asked, *, trace: bool) -> None:
    print(f"\n{asked.text}")
    for number, (_, label) in enumerate(asked.choices, start=1):
        print(f"  [{number}] {label}")
    if trace:
        print(f"  -- {asked.trace.get('step')}: {asked.trace.get('reason')} ({asked.milliseconds:.0f} ms)")
    print(flush=True)
