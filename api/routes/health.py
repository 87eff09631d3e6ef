"""Operations: is the process alive, and can it serve?"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text

from api.deps import WorldDep, problems
from api.errors import problem

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None, responses=problems(503))
def readyz(world: WorldDep) -> JSONResponse:
    """The database answers and every channel is accepted by its provider."""
    with world.database.read() as session:
        session.execute(text("SELECT 1"))
    faults = {name: fault for name, channel in world.channels.items() if (fault := getattr(channel, "fault", None))}
    if faults:
        return problem(503, "channel_fault", "; ".join(f"{name}: {fault}" for name, fault in faults.items()))
    # Without its neighbour Waypost understands with the model it carries: less well, but it serves.
    return JSONResponse({"status": "ready", "understanding": world.understanding_fault or "ok"})
