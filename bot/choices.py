"""The words that buttons send back. A topic's slug is a choice too; everything else is built here and only here."""

from core.themes import Theme

HUMAN = "human"
NEW_QUESTION = "new-question"
NONE_OF_THESE = "none-of-these"
OTHER_LANGUAGE = "other-language"
DELETE_NOW = "delete-now"
KEEP = "delete-keep"
SAFE_YES = "safe-yes"
SAFE_NO = "safe-no"

_LANGUAGE, _THEME, _HELPFUL, _UNHELPFUL, _ENGLISH = "language:", "theme:", "helpful:", "unhelpful:", "english:"


def language(tag: str) -> str:
    """Choose a language."""
    return _LANGUAGE + tag


def theme(name: str) -> str:
    """Say what the question is about."""
    return _THEME + name


def helpful(slug: str) -> str:
    """The answer helped."""
    return _HELPFUL + slug


def unhelpful(slug: str) -> str:
    """The answer did not help."""
    return _UNHELPFUL + slug


def english(what: str) -> str:
    """Show an article, or the safety card of a category, in English."""
    return _ENGLISH + what


def themes() -> tuple[str, ...]:
    """The menu of themes."""
    return tuple(theme(name) for name in Theme)


def parse(choice: str) -> tuple[str, str]:
    """A choice as (verb, object): `("language", "pl")`, `("human", "")`, or `("topic", slug)` for anything else."""
    for prefix in (_LANGUAGE, _THEME, _HELPFUL, _UNHELPFUL, _ENGLISH):
        if choice.startswith(prefix):
            return prefix[:-1], choice.removeprefix(prefix)
    known = {HUMAN, NEW_QUESTION, NONE_OF_THESE, OTHER_LANGUAGE, DELETE_NOW, KEEP, SAFE_YES, SAFE_NO}
    return (choice, "") if choice in known else ("topic", choice)
