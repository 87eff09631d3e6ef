"""How long a start takes, and how much memory a serving process holds, with everything set up.

    python -m bench.start

Target: ready in under 3 s.
"""

from pathlib import Path

from bench.server import running

STARTS = 5


def main() -> None:
    """Measure and print."""
    with running() as server:
        server.stop()
        seconds = []
        for _ in range(STARTS):
            seconds.append(server.start())
            memory = _resident(server.process.pid) if server.process else 0
            server.stop()
    print(
        f"start to ready: median {sorted(seconds)[STARTS // 2]:.2f} s, worst {max(seconds):.2f} s; resident {memory:.0f} MB"
    )


def _resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
