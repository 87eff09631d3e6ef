"""langdetect as the second opinion: it can make us ask, never change our mind.

langdetect draws random numbers; a fixed seed and our own factory make it answer the same every time.
"""

import json
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.locales import RECOGNISED, SERVED

#: langdetect is not asked about less: it is little better than guessing on one or two words.
MIN_WORDS = 3


class SecondOpinion:
    """langdetect restricted to the languages we recognise and it knows. Its profiles are read when first asked."""

    def __init__(self) -> None:
        package = find_spec("langdetect")
        home = Path(package.submodule_search_locations[0] if package and package.submodule_search_locations else "")
        profiles = home / "profiles"
        self._profiles = {tag: profiles / tag for tag in (*SERVED, *RECOGNISED) if (profiles / tag).exists()}
        self._loading = threading.Lock()
        self._loaded: Any = None

    @property
    def languages(self) -> frozenset[str]:
        """The tags it can name."""
        return frozenset(self._profiles)

    def top(self, text: str) -> tuple[str, float] | None:
        """Its first choice and probability; None when it finds nothing to go by."""
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory().create()
        detector.append(text)
        try:
            best = detector.get_probabilities()
        except LangDetectException:
            return None
        return (best[0].lang, float(best[0].prob)) if best else None

    def _factory(self) -> Any:
        with self._loading:
            if self._loaded is None:
                from langdetect.detector_factory import DetectorFactory

                factory: Any = DetectorFactory()
                factory.set_seed(0)
                texts = [path.read_text(encoding="utf-8") for path in self._profiles.values()]
                factory.load_json_profile([json.dumps(json.loads(text)) for text in texts])
                self._loaded = factory
            return self._loaded
