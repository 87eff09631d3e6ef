"""YAML for content that people write: safe, strict about doubled keys, and able to say on which line a thing stands."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from core.errors import ContentError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class LineMap:
    """The place of a node in its file."""

    node: yaml.Node | None

    def line(self) -> int:
        """Line number, from 1; 0 when the place is unknown."""
        return self.node.start_mark.line + 1 if self.node is not None else 0

    def at(self, *path: str | int) -> "LineMap":
        """The place of a value below this one; the nearest known place when the path ends early."""
        node = self.node
        for step in path:
            below = _child(node, step)
            if below is None:
                break
            node = below
        return LineMap(node)


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def load_with_lines(path: Path, text: str | None = None) -> tuple[Any, LineMap]:
    """The document of a YAML file and where its parts stand. Raises ContentError naming file, line and reason."""
    try:
        source = path.read_text(encoding="utf-8") if text is None else text
    except UnicodeDecodeError:
        raise ContentError(path, 0, "the file is not UTF-8 text") from None
    loader = _Loader(source)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ContentError(path, 1, "the file is empty")
        _check(node, loader, path, {})
        return loader.construct_document(node), LineMap(node)
    except ReaderError as wrong:
        line = source.count("\n", 0, wrong.position) + 1
        raise ContentError(path, line, "control characters are not allowed") from None
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        reason = getattr(wrong, "problem", None) or "not valid YAML"
        raise ContentError(path, mark.line + 1 if mark else 0, str(reason)) from None
    finally:
        loader.dispose()


def _check(node: yaml.Node, loader: Any, path: Path, inside: dict[int, bool]) -> None:
    """Refuse what people do not mean: doubled keys, dates that do not exist, an alias inside what it names."""
    line = node.start_mark.line + 1
    if inside.get(id(node)):
        raise ContentError(path, line, "an alias stands inside what it names")
    if id(node) in inside:
        return
    inside[id(node)] = True
    if isinstance(node, yaml.MappingNode):
        _check_keys(node, path)
        for _, value in node.value:
            _check(value, loader, path, inside)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check(value, loader, path, inside)
    elif node.tag != _TEXT:
        try:
            loader.construct_object(node)
        except (ValueError, KeyError, AttributeError):  # 2026-02-30, !!int word
            raise ContentError(path, line, f"{node.value!r} is not a value") from None
    inside[id(node)] = False


def _check_keys(node: yaml.MappingNode, path: Path) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ContentError(path, line, "a key must be a word")
        if key.value in seen:
            raise ContentError(path, line, f"the key {key.value!r} stands twice")
        seen.add(key.value)
