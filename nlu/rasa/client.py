"""Asking a Rasa server which topic a message is about, and going on without it when it does not answer.

Rasa ranks, the built-in model decides how sure Waypost is: see docs/decisions/0014-rasa-ranks.md. The HTTP API:
https://legacy-docs-oss.rasa.com/docs/rasa/pages/http-api
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

import httpx

from core.errors import WaypostError
from nlu.topics import MAX_WORDS, Ranked, TopicGuess, TopicModel

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
#: Seconds that Rasa has for a message, from looking up its name to the last byte. The person waits meanwhile.
DEADLINE = 0.5
#: After so many failures in a row Rasa is left alone for so many seconds.
FAILURES, PAUSE = 3, 30.0
#: How much Rasa's share of a topic counts beside ours. Measured: see the decision named above.
WEIGHT = 0.2
#: Intents kept of a ranking, as many as the built-in model keeps.
MOST = 5


class RasaUnavailable(WaypostError):
    """Rasa gave no usable answer in time."""

    status = 503


class Breaker:
    """Leaves a neighbour alone after failures in a row, then lets one question through to try it. Safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until = -math.inf

    def allows(self) -> bool:
        """May the neighbour be asked now? After a pause, True for the first who asks: the others wait for its result."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if self._clock() < self._closed_until:
                return False
            self._closed_until = self._clock() + PAUSE
            return True

    def failed(self) -> None:
        """The neighbour did not answer."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._closed_until = self._clock() + PAUSE

    def worked(self) -> None:
        """The neighbour answered."""
        with self._lock:
            self._failures = 0


class RasaClient:
    """The two calls of Rasa's HTTP API that Waypost uses. Safe to share between threads.

    Nothing that a person wrote, no address and no token ever stands in an error or a log line.
    """

    def __init__(self, url: str, token: str | None = None, *, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._http = httpx.Client(
            base_url=url,
            # Rasa takes its token in the address and nowhere else.
            params={"token": token} if token else None,
            timeout=deadline,
            # A proxy of the machine must not see what people write to a neighbour.
            trust_env=False,
        )

    def classify(self, text: str) -> TopicGuess:
        """Rasa's ranking, likeliest first, empty when it has no opinion. The confidence is Rasa's own and not calibrated.

        Raises RasaUnavailable within the deadline.
        """
        # Half of a surrogate pair, which JSON may carry in, cannot be sent.
        return _guess(self._ask("POST", "model/parse", {"text": text.encode("utf-8", "replace").decode("utf-8")}))

    def check(self) -> str:
        """The name of the model that Rasa serves. Raises RasaUnavailable: no answer, wrong token, no model."""
        match self._ask("GET", "status"):
            case {"model_file": str(name)}:
                return name
            case _:
                raise RasaUnavailable("Rasa's status cannot be read.")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, verb: str, path: str, body: dict[str, str] | None = None) -> object:
        response = _within(self._deadline, lambda: self._http.request(verb, path, json=body))
        if response.status_code != httpx.codes.OK:
            raise RasaUnavailable(f"Rasa answered {response.status_code}.")
        try:
            return response.json()
        except (ValueError, RecursionError):
            raise RasaUnavailable("Rasa's answer is not JSON.") from None


def _within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """The result of a call, or RasaUnavailable after so many seconds.

    The timeouts of httpx count for each step, and looking up a name has none; a thread of its own holds for all of it. A call
    that is given up ends by itself, and the breaker keeps such calls few.
    """
    outcome: Future[Answer] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except Exception as wrong:  # noqa: BLE001 - it is raised again where the result is awaited
            outcome.set_exception(wrong)

    try:
        threading.Thread(target=run, name="waypost-rasa", daemon=True).start()
        return outcome.result(seconds)
    except (TimeoutError, httpx.TimeoutException):
        raise RasaUnavailable(f"Rasa did not answer within {seconds * 1000:.0f} ms.") from None
    except Exception as wrong:  # noqa: BLE001 - whatever keeps Rasa from answering, the message gets its answer
        raise RasaUnavailable(f"Rasa cannot be reached ({type(wrong).__name__}).") from None


def _guess(answer: object) -> TopicGuess:
    match answer:
        case {"intent_ranking": list(ranking)}:
            ranked = sorted(map(_ranked, ranking), key=lambda each: -each.share)[:MOST]
            return TopicGuess(tuple(ranked), ranked[0].share if ranked else 0.0)
        case _:
            raise RasaUnavailable("Rasa's answer holds no ranking.")


def _ranked(entry: Any) -> Ranked:
    match entry:
        case {"name": str(intent), "confidence": float() | int() as share} if 0 <= share <= 1:
            return Ranked(intent, float(share))
        case _:
            raise RasaUnavailable("Rasa's ranking cannot be read.")


class RasaTopics:
    """Topics ranked with Rasa, with the built-in model as judge of how sure that is, and as fallback for the same message.

    Safe to share between threads. `classify` never raises for want of Rasa and takes at most the deadline longer than the
    built-in model.
    """

    def __init__(self, model: TopicModel, client: RasaClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._client = client
        self._breaker = Breaker(clock)
        #: Why Rasa did not rank the last message it should have ranked; None while all is well.
        self.last_error: str | None = None

    @property
    def degraded(self) -> bool:
        """True while the built-in model works alone because Rasa failed."""
        return self.last_error is not None

    def classify(self, text: str) -> TopicGuess:
        """What the text is about: as TopicModel.classify, ranked together with Rasa where it answers."""
        own = self._model.classify(text)
        if not own.ranked or not self._breaker.allows():
            return own
        try:
            # A question is at its beginning, and Rasa's work grows with the length.
            guess = rerank(own, self._known(self._client.classify(" ".join(text.split()[:MAX_WORDS]))))
        except RasaUnavailable as wrong:
            self._breaker.failed()
            self._note(wrong.detail)
            return own
        self._breaker.worked()
        self._note(None)
        return guess

    def check(self) -> str:
        """The name of the model that Rasa serves. Raises RasaUnavailable."""
        return self._client.check()

    def close(self) -> None:
        """Close the connections to Rasa."""
        self._client.close()

    def _known(self, theirs: TopicGuess) -> tuple[Ranked, ...]:
        """Rasa's ranking without intents that this Waypost does not have. Raises RasaUnavailable when none is left."""
        known = tuple(each for each in theirs.ranked if each.intent in self._model.intents)
        if theirs.ranked and not known:
            raise RasaUnavailable("Rasa was trained on other topics.")
        return known

    def _note(self, error: str | None) -> None:
        before, self.last_error = self.last_error, error
        if error and not before:
            log.warning("Rasa does not rank, the built-in model goes on alone: %s", error)
        elif before and not error:
            log.info("Rasa ranks again")


def rerank(own: TopicGuess, theirs: Sequence[Ranked]) -> TopicGuess:
    """Our guess, ranked by the average of both shares.

    Where our first choice stays first it is as sure as before; another is no surer than its averaged share. Without an opinion
    of Rasa the guess stays as it is.
    """
    if not theirs:
        return own
    shares = {each.intent: (1 - WEIGHT) * each.share for each in own.ranked}
    for each in theirs:
        shares[each.intent] = shares.get(each.intent, 0.0) + WEIGHT * each.share
    ranked = tuple(Ranked(intent, share) for intent, share in sorted(shares.items(), key=lambda item: -item[1])[:MOST])
    stays = ranked[0].intent == own.ranked[0].intent
    return replace(own, ranked=ranked, confidence=own.confidence if stays else min(own.confidence, ranked[0].share))


def wrap(model: TopicModel, url: str, token: str | None) -> RasaTopics:
    """The built-in model with the Rasa server at an address beside it. Nothing is asked yet."""
    return RasaTopics(model, RasaClient(url, token))
