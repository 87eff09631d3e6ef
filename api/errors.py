"""Errors as RFC 9457 problem details: `type, title, status, detail, code`, on every route."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from bot.handoff import AlreadyClaimed
from core.errors import WaypostError

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, for programs and for people."""

    #: `urn:waypost:problem:` and the code; docs/api.md explains each.
    type: str
    title: str
    status: int
    detail: str
    #: Stable word for programs.
    code: str
    errors: list[dict[str, Any]] | None = None
    #: With `already_claimed`: who has the case.
    assignee: str | None = None


class ApiError(WaypostError):
    """A request that the API refuses."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.headers = status, code, headers


def problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: object
) -> JSONResponse:
    """A problem document as a response."""
    body = {
        "type": f"urn:waypost:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
    } | {name: value for name, value in more.items() if value is not None}
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers=headers)


_CODES = {401: "unauthorised", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def install(app: FastAPI) -> None:
    """Make every error of the app a problem document."""

    @app.exception_handler(WaypostError)
    def _ours(_request: Request, wrong: WaypostError) -> JSONResponse:
        headers = getattr(wrong, "headers", None) or ({"Retry-After": "2"} if wrong.status == 503 else None)
        assignee = wrong.assignee if isinstance(wrong, AlreadyClaimed) else None
        detail = wrong.detail if wrong.status < 500 else (type(wrong).__doc__ or "").strip()
        return problem(wrong.status, wrong.code, detail, headers=headers, assignee=assignee)

    @app.exception_handler(HTTPException)
    def _http(_request: Request, wrong: HTTPException) -> JSONResponse:
        code = _CODES.get(wrong.status_code, "error")
        return problem(wrong.status_code, code, str(wrong.detail), headers=dict(wrong.headers or {}))

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, wrong: RequestValidationError) -> JSONResponse:
        # The place and the reason, but never the value: it may be what a person wrote.
        errors = [{"loc": [str(part) for part in error["loc"]], "msg": error["msg"]} for error in wrong.errors()]
        first = errors[0]
        return problem(422, "invalid_request", f"{'.'.join(first['loc'])}: {first['msg']}", errors=errors)

    @app.exception_handler(Exception)
    def _unexpected(_request: Request, _wrong: Exception) -> JSONResponse:
        return problem(500, "internal_error", "Something went wrong. Nothing you sent before this was lost.")
