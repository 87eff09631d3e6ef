"""What routes ask for: the world, a transaction, who is asking. The one access gate is `require`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from sqlalchemy.orm import Session

from api.errors import ApiError
from api.world import World
from bot import outbox
from core.staff import Principal, Scope, principal_of


def world_of(request: Request) -> World:
    """The world this app serves."""
    world: World = request.app.state.world
    return world


WorldDep = Annotated[World, Depends(world_of)]


@contextmanager
def writing(world: World) -> Iterator[Session]:
    """One transaction that may write and send, committed at the end.

    Routes open it in their own body and not by a dependency: a dependency's two halves may run in two threads, with the
    one writer's lock held between them while every other thread waits for it.
    """
    with world.database.write() as session:
        outbox.bind(session, world.outlet)
        yield session


def bearer_token(authorization: Annotated[str | None, Header()] = None) -> str:
    """The bearer token of the request. Raises 401."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, "unauthorised", "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
    return token.strip()


Bearer = Annotated[str, Depends(bearer_token)]


def require(scope: Scope) -> Callable[..., Principal]:
    """A dependency that lets only tokens with this scope pass."""

    def gate(token: Bearer, world: WorldDep) -> Principal:
        with world.database.read() as session:
            principal = principal_of(session, token)
        if principal is None:
            raise ApiError(401, "unauthorised", "the token is not valid", {"WWW-Authenticate": "Bearer"})
        if not principal.may(scope):
            raise ApiError(403, "forbidden", f"the token lacks the scope {scope}")
        return principal

    return gate


def if_match(if_match_: Annotated[str | None, Header(alias="If-Match")] = None) -> int:
    """The version the caller has read. Raises 428 when it is missing, 412 when it is none of ours."""
    if if_match_ is None:
        raise ApiError(428, "precondition_required", "send the version you have read in the If-Match header")
    text = if_match_.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise ApiError(412, "stale", "the version in If-Match is not one of ours")
    return int(text)


IfMatch = Annotated[int, Depends(if_match)]
Limit = Annotated[int, Query(ge=1, le=200)]


def address_of(request: Request) -> str:
    """The network address of the caller, for rate limits only; it is never stored or logged."""
    return request.client.host if request.client else "unknown"


def paced(request: Request, world: WorldDep) -> None:
    """Refuse with 429 when a network address asks too often."""
    wait = world.pace.address_over(address_of(request))
    if wait is not None:
        detail = "too many requests from your address; wait a moment"
        raise ApiError(429, "too_many_requests", detail, {"Retry-After": str(int(wait) + 1)})


Paced = Depends(paced)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the problems a route may answer with."""
    from api.errors import MEDIA_TYPE, Problem

    schema = {"schema": Problem.model_json_schema()}
    return {status: {"description": "Problem", "content": {MEDIA_TYPE: schema}} for status in statuses}
