"""Safety cards: what is said first when there is danger. Fixed texts, shipped with the program, in every language.

The content follows the safeguarding rules: call 999 first, one screen, free lines first, never a promise that no one
staffs. Numbers stand here, once, and reach the texts by placeholder. A place's safeguarding lead approves them before
launch and calls each line once a month.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.turn import PlaceInfo
from core.themes import Danger, Level

COUNCIL_URL = "https://www.gov.uk/find-local-council"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card: a phrase and the number or address in it."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


def _call(key: str, number: str, **more: str) -> Line:
    return Line(f"safety.{key}", {"number": number} | more)


def _page(key: str, url: str) -> Line:
    return Line(f"safety.{key}", {"url": url})


#: The lines of each category, most important first. The first is also the one line of an amber card.
CARDS: Mapping[Danger, tuple[Line, ...]] = {
    Danger.SUICIDE_SELF_HARM: (
        _call("suicide.crisis", "111", option="2"),
        _call("suicide.now", "999"),
        _call("suicide.samaritans", "116 123"),
        _call("suicide.text", "85258", word="SHOUT"),
        _call("suicide.young", "0800 068 4141"),
        Line("safety.suicide.with_you"),
    ),
    Danger.DOMESTIC_ABUSE: (
        _call("domestic.women", "0808 2000 247"),
        _call("domestic.men", "0808 801 0327"),
        _call("domestic.lgbt", "0800 999 5428"),
        Line("safety.not_fault"),
        Line("safety.status"),
        Line("safety.delete_hint"),
    ),
    Danger.SEXUAL_VIOLENCE: (
        _call("sexual.helpline", "0808 500 2222"),
        _page(
            "sexual.centre",
            "https://www.nhs.uk/service-search/other-health-services/rape-and-sexual-assault-referral-centres",
        ),
        Line("safety.not_fault"),
        Line("safety.status"),
        Line("safety.delete_hint"),
    ),
    Danger.HATE_CRIME_VIOLENCE: (_call("hate.report", "101", url="https://www.police.uk"),),
    Danger.TRAFFICKING_EXPLOITATION: (
        _call("trafficking.helpline", "08000 121 700"),
        _call("trafficking.locked", "999"),
        _call("trafficking.salvation", "0800 808 3733"),
        Line("safety.not_fault"),
    ),
    Danger.HOMELESS_TONIGHT: (
        _call("homeless.shelter", "0808 800 4444"),
        _page("homeless.streetlink", "https://thestreetlink.org.uk"),
        Line("safety.homeless.children"),
    ),
    Danger.CHILD_AT_RISK: (
        _call("child.nspcc", "0808 800 5000"),
        _page("child.council", COUNCIL_URL),
        _call("child.childline", "0800 1111"),
    ),
    Danger.FORCED_MARRIAGE_FGM: (
        _call("forced.unit", "020 7008 0151"),
        _call("forced.airport", "999"),
        _call("forced.karma", "0800 5999 247"),
        _call("forced.fgm", "0800 028 3550"),
        Line("safety.forced.family"),
        Line("safety.delete_hint"),
    ),
    Danger.DETENTION_REMOVAL: (
        Line("safety.detention.lawyer"),
        _call("detention.bid", "020 7456 9750"),
        _call("detention.action", "0800 587 2096"),
        Line("safety.detention.keep"),
    ),
    Danger.MEDICAL_EMERGENCY: (
        _call("medical.call", "999"),
        _call("medical.unsure", "111"),
    ),
    Danger.ADULT_AT_RISK: (_page("adult.council", COUNCIL_URL), _call("not_emergency", "101")),
    Danger.THREAT_TO_OTHERS: (Line("safety.threat.person"), _call("not_emergency", "101")),
}

_SILENT = _call("silent", "999", press="55")
_INTERPRETER = Line("safety.interpreter")
_DEAF = _call("deaf", "18000")


def card_lines(category: Danger, level: Level, place: PlaceInfo, *, told: bool) -> list[Line]:
    """The lines of a card in the order in which they are read."""
    lines = [*_local(category, place), *CARDS[category]]
    if level is Level.AMBER:
        return [Line("safety.amber"), lines[0], _call("if_worse", "999"), _told(place, told)]
    first = [] if category is Danger.MEDICAL_EMERGENCY else [_call("danger_now", "999")]
    small = [_SILENT, _INTERPRETER, _DEAF, Line("safety.automatic"), _told(place, told)]
    return [*first, *lines, *small, Line("safety.safe_to_chat")]


def _local(category: Danger, place: PlaceInfo) -> list[Line]:
    """The council's own numbers, where the place has given them."""
    if category is not Danger.HOMELESS_TONIGHT:
        return []
    if not place.council_phone:
        return [_page("homeless.find_council", COUNCIL_URL)]
    after_hours = [_call("homeless.out_of_hours", place.council_oob_phone)] if place.council_oob_phone else []
    return [_call("homeless.council", place.council_phone), *after_hours]


def _told(place: PlaceInfo, told: bool) -> Line:
    """Whether a person has been told: said only when a case was really opened and somebody reads the queue."""
    if not (told and place.staffed):
        return Line("safety.not_told")
    return Line("safety.told", {"eta": place.human_eta}) if place.human_eta else Line("safety.told_no_time")
