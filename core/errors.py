"""Every error of Waypost, in one tree.

The docstring of a class is its message for people. `status` is what the HTTP doors answer, `code` is the stable word
for programs (RFC 9457 `code`), and `permanent` on a delivery error says whether trying again can help.
"""

from pathlib import Path


class WaypostError(Exception):
    """Something went wrong in Waypost."""

    status = 500
    code = "internal_error"

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or (self.__doc__ or "").strip()
        super().__init__(self.detail)


class SettingsError(WaypostError):
    """A setting is missing or wrong."""

    code = "bad_setting"


class ContentError(WaypostError):
    """A content file (article, training data, danger rules) is malformed."""

    status = 422
    code = "bad_content"

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
