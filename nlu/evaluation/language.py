"""How well languages are told apart, and how well the identifier knows when to be silent about its guess."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from core.locales import RECOGNISED, UNDERSTOOD
from nlu.evaluation.report import Miss, Report, Share, Table, mean, share
from nlu.evaluation.rows import LanguageRow
from nlu.language import Decision, LanguageGuess

Judged = Sequence[tuple[LanguageRow, LanguageGuess]]
LATIN = "-Latn"
#: So many confusions are shown.
MOST_CONFUSIONS = 15
#: Codes that other collections give to languages for which we have one tag.
_SAME = {"yue": "zh", "wuu": "zh", "arz": "ar", "kmr": "ku"}
_BUCKETS = ("1w", "2w", "3w", "4w", "sent", "all")
_KNOWN_TAGS = {tag.lower(): tag for tag in (*UNDERSTOOD, *RECOGNISED)}


def measure_language(rows: Iterable[LanguageRow], identify: Callable[[str], LanguageGuess]) -> Report:
    """The figures of an identifier on these rows."""
    return language_report([(row, identify(row.text)) for row in rows])


def language_report(judged: Judged) -> Report:
    """The figures of rows and what was guessed for them."""
    romanised = [(row, guess) for row, guess in judged if wanted(row).endswith(LATIN)]
    native = [(row, guess) for row, guess in judged if not wanted(row).endswith(LATIN)]
    foreign = [(row, guess) for row, guess in native if wanted(row) not in UNDERSTOOD]
    facts = {
        "native_right": share(is_right(*each) for each in native),
        "native_called_romanised": share(guess.script == "latin" for _, guess in native),
        "romanised_right": share(is_right(*each) for each in romanised),
        "romanised_noticed": share(guess.script == "latin" for _, guess in romanised),
        "not_understood_but_silent": share(guess.decision is Decision.SILENT for _, guess in foreign),
    }
    tables = (_macro(native, romanised), _decisions(judged), _languages(judged), _confusions(judged))
    return Report("language", len(judged), facts, tables, _misses(judged))


def wanted(row: LanguageRow) -> str:
    """The row's language by our tag; Hindi and Urdu in Latin letters are one, `ur-Latn`."""
    tag = _SAME.get(row.language, _KNOWN_TAGS.get(row.language.lower(), row.language))
    return _merged(tag)


def named(guess: LanguageGuess) -> str:
    """The guess in the same words."""
    return _merged(guess.tag + (LATIN if guess.script == "latin" else ""))


def is_right(row: LanguageRow, guess: LanguageGuess) -> bool:
    """Whether language and script are right."""
    return wanted(row) == named(guess)


def _merged(tag: str) -> str:
    return f"ur{LATIN}" if tag == f"hi{LATIN}" else tag


def _buckets(judged: Judged) -> list[str]:
    found = {row.bucket for row, _ in judged}
    return sorted(found, key=lambda name: (_BUCKETS.index(name) if name in _BUCKETS else len(_BUCKETS), name))


def _by_language(judged: Judged, bucket: str) -> dict[str, Share]:
    verdicts: dict[str, list[bool]] = {}
    for row, guess in judged:
        if row.bucket == bucket:
            verdicts.setdefault(wanted(row), []).append(is_right(row, guess))
    return {tag: share(each) for tag, each in sorted(verdicts.items())}


def _macro(native: Judged, romanised: Judged) -> Table:
    """Means over languages, each counting the same however many rows it has."""
    rows = []
    for bucket in _buckets([*native, *romanised]):
        shares, latin = _by_language(native, bucket), _by_language(romanised, bucket)
        understood = [each for tag, each in shares.items() if tag in UNDERSTOOD]
        rows.append(
            (bucket, mean(understood), len(understood), mean(shares.values()), len(shares), mean(latin.values()))
        )
    columns = ("bucket", "understood", "languages", "all", "all languages", "romanised")
    return Table("macro", "Mean accuracy over languages", columns, tuple(rows))


def _decisions(judged: Judged) -> Table:
    """By length in words: how often the guess is taken silently, and how often it is right then."""
    rows = []
    for words in (1, 2, 3, 4):
        mine = [(row, guess) for row, guess in judged if min(max(guess.words, 1), 4) == words]
        silent = [(row, guess) for row, guess in mine if guess.decision is Decision.SILENT]
        counts = Counter(guess.decision for _, guess in mine)
        rows.append(
            (
                f"{words}{'+' if words == 4 else ''}",
                len(mine),
                Share(len(silent), len(mine)),
                share(_same_tag(*each) for each in silent),
                Share(counts[Decision.OFFER], len(mine)),
                Share(counts[Decision.ASK], len(mine)),
            )
        )
    columns = ("words", "rows", "silent", "right when silent", "offer", "ask")
    return Table("decisions", "Decisions by length", columns, tuple(rows))


def _same_tag(row: LanguageRow, guess: LanguageGuess) -> bool:
    return wanted(row).removesuffix(LATIN) == named(guess).removesuffix(LATIN)


def _languages(judged: Judged) -> Table:
    buckets = _buckets(judged)
    shares = {bucket: _by_language(judged, bucket) for bucket in buckets}
    tags = sorted({tag for each in shares.values() for tag in each})
    rows = tuple((tag, *(shares[bucket].get(tag) for bucket in buckets)) for tag in tags)
    return Table("languages", "Accuracy by language", ("language", *buckets), rows)


def _confusions(judged: Judged) -> Table:
    found = Counter((wanted(row), named(guess)) for row, guess in judged if not is_right(row, guess))
    rows = tuple((want, got, count) for (want, got), count in found.most_common(MOST_CONFUSIONS))
    return Table("confusions", "Most frequent confusions", ("wanted", "got", "rows"), rows)


def _misses(judged: Judged) -> tuple[Miss, ...]:
    return tuple(
        Miss(row.line, wanted(row), named(guess), row.text) for row, guess in judged if not is_right(row, guess)
    )
