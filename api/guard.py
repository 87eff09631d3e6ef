"""What every response and request has in common: security headers, and a limit on bodies."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem

#: Largest body of any request, in bytes.
MAX_BODY = 1_000_000
#: Where "leave quickly" goes: the one place outside that our forms may lead to.
NEUTRAL = "https://www.bbc.co.uk/weather"
_CSP = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; img-src 'self' data:; "
    "form-action 'self' https://www.bbc.co.uk; frame-ancestors {}"
)
#: The reference viewer sets styles in script.
_DOCS_CSP = _CSP + "; style-src 'self' 'unsafe-inline'"


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._ancestors = " ".join(["'self'", *origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse bodies that are too large; add headers to what goes out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = self._with_headers(scope, send)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            refusal = problem(413, "too_large", "the body is larger than 1 MB")
            await refusal(scope, receive, sending)
            return
        await self._app(scope, _counted(receive), sending)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        policy = (_DOCS_CSP if scope["path"] == "/docs" else _CSP).format(self._ancestors)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", policy.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"same-origin"),
                    (b"cross-origin-opener-policy", b"same-origin"),
                ]
            await send(message)

        return sending


def _counted(receive: Receive) -> Receive:
    """A body that does not tell its length is refused as soon as it is too long."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY:
            raise HTTPException(413, "the body is larger than 1 MB")
        return message

    return receiving
