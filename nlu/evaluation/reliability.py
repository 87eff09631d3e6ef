"""A reliability curve as plain SVG: how often guesses of each confidence were right."""

from collections.abc import Sequence

from nlu.evaluation.topics import Bin

SIZE, MARGIN = 320, 40


def reliability_svg(bins: Sequence[Bin]) -> str:
    """The curve of these bins. On the dotted line, confidence is honest; a dot's area grows with its rows."""
    most = max((each.rows for each in bins), default=0)
    dots = [(_x(each.confidence), _y(each.right), each) for each in bins if each.rows]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in dots)
    circles = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 6 * (each.rows / most) ** 0.5:.1f}"><title>{each.rows} rows: '
        f"confidence {each.confidence:.2f}, right {each.right:.2f}</title></circle>"
        for x, y, each in dots
    )
    whole = SIZE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" width="{whole}" height="{whole}" '
        'font-family="sans-serif" font-size="12" role="img" aria-label="Confidence against share right">'
        f'<rect width="{whole}" height="{whole}" fill="#fff"/>'
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#888"/>'
        f'<line x1="{_x(0):.0f}" y1="{_y(0):.0f}" x2="{_x(1):.0f}" y2="{_y(1):.0f}" stroke="#888" stroke-dasharray="3 4"/>'
        f'{_labels()}<polyline points="{line}" fill="none" stroke="#00695c" stroke-width="2"/>'
        f'<g fill="#00695c">{circles}</g></svg>\n'
    )


def _x(share: float) -> float:
    return MARGIN + SIZE * share


def _y(share: float) -> float:
    return MARGIN + SIZE * (1 - share)


def _labels() -> str:
    ticks = "".join(
        f'<text x="{_x(at):.0f}" y="{MARGIN + SIZE + 16}" text-anchor="middle">{at:g}</text>'
        f'<text x="{MARGIN - 6}" y="{_y(at) + 4:.0f}" text-anchor="end">{at:g}</text>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    middle = MARGIN + SIZE / 2
    return (
        f'{ticks}<text x="{middle:.0f}" y="{MARGIN + SIZE + 34}" text-anchor="middle">confidence</text>'
        f'<text x="{middle:.0f}" y="{MARGIN - 12}" text-anchor="middle">share of guesses that are right</text>'
    )
