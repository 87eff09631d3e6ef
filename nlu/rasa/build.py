"""One folder that `rasa train nlu` can read, made from the training sentences: `python -m nlu.rasa.build OUT [LANGUAGE …]`.

The files are the same ones that the built-in models learn from, so that both backends know the same topics by the same
names. `danger.yml` stays behind: whether a message shows danger is never asked of a neighbour.
"""

import argparse
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from core.errors import ContentError
from nlu.training import DANGER_FILE, DATA, load_training

#: The part of the folder that is ours to remove and make again.
SENTENCES = "nlu"


def build(out: Path, languages: Collection[str] = (), data: Path = DATA) -> None:
    """Write `out/nlu/<language>/<theme>.yml` and `out/domain.yml`. Same data, same bytes.

    Without languages, all of them. Sentences of an earlier build are removed. Raises ContentError, before anything is
    written, where the data has a fault.
    """
    examples = load_training(data).examples
    intents = {example.intent for example in examples if not languages or example.language in languages}
    if not intents:
        raise ContentError(data, 0, "no sentences in these languages")
    shutil.rmtree(out / SENTENCES, ignore_errors=True)
    for path in sorted(data.glob("*/*.yml")):
        if path.stem != DANGER_FILE and (not languages or path.parent.name in languages):
            target = out / SENTENCES / path.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (out / "domain.yml").write_text(_domain(intents), encoding="utf-8")


def _domain(intents: Iterable[str]) -> str:
    """A Rasa domain with these intents. Their names are plain words: `nlu.training` accepts no others."""
    return 'version: "3.1"\nintents:\n' + "".join(f"- {intent}\n" for intent in sorted(intents))


def main() -> None:
    """Build the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m nlu.rasa.build", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path, help="folder to write; it is made when it is not there")
    parser.add_argument("languages", nargs="*", help="language tags; all of them when none is named")
    given = parser.parse_args()
    try:
        build(given.out, given.languages)
    except ContentError as wrong:
        raise SystemExit(str(wrong)) from None


if __name__ == "__main__":
    main()
