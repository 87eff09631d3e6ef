"""langdetect as the second opinion: it can make us ask, never change our mind.

langdetect draws random numbers; a fixed seed and our own factory make it answer the same every time.
"""

import json
from pathlib import Path
from typing import Any

from core.locales import RECOGNISED, SERVED

#: langdetect is not asked about less: it is little better than guessing on one or two words.
MIN_WORDS = 3


class SecondOpinion:
    """langdetect restricted to the languages we recognise and it knows."""

    def __init__(self) -> None:
        from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

        self._factory: Any = DetectorFactory()
        self._factory.set_seed(0)
        known = [tag for tag in (*SERVED, *RECOGNISED) if (Path(PROFILES_DIRECTORY) / tag).exists()]
        profiles = [(Path(PROFILES_DIRECTORY) / tag).read_text(encoding="utf-8") for tag in known]
        self._factory.load_json_profile([json.dumps(json.loads(profile)) for profile in profiles])
        self.languages = frozenset(known)

    def top(self, text: str) -> tuple[str, float] | None:
        """Its first choice and probability; None when it finds nothing to go by."""
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory.create()
        detector.append(text)
        try:
            best = detector.get_probabilities()
        except LangDetectException:
            return None
        return (best[0].lang, float(best[0].prob)) if best else None
