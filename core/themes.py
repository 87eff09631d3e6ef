"""The vocabulary of advice: themes, ways of handling a topic, and kinds of danger.

These are words in code, not tables: the bot's behaviour, the training files and the API all name them, so a change
to one of them is a change to the program.
"""

from enum import StrEnum


class Theme(StrEnum):
    """The nine advice themes. The value is the name of the folder, the training file and the API field."""

    IMMIGRATION = "immigration"
    HOUSING = "housing"
    WORK = "work"
    ESOL = "esol"
    PARENTING = "parenting"
    HEALTH = "health"
    MONEY = "money"
    COMMUNITY = "community"
    SAFETY = "safety"


class Handling(StrEnum):
    """What the bot may do with a topic."""

    #: Send the article.
    ANSWER = "answer"
    #: Send the article and offer a person in the same turn.
    ANSWER_THEN_OFFER_HUMAN = "answer_then_offer_human"
    #: Send only a signpost card and open a handoff: a qualified person must answer.
    HUMAN_ONLY = "human_only"


class Danger(StrEnum):
    """The twelve categories of danger, gravest first: the order breaks ties between matches of one level."""

    MEDICAL_EMERGENCY = "medical_emergency"
    SUICIDE_SELF_HARM = "suicide_self_harm"
    CHILD_AT_RISK = "child_at_risk"
    THREAT_TO_OTHERS = "threat_to_others"
    SEXUAL_VIOLENCE = "sexual_violence"
    FORCED_MARRIAGE_FGM = "forced_marriage_fgm"
    DOMESTIC_ABUSE = "domestic_abuse"
    HATE_CRIME_VIOLENCE = "hate_crime_violence"
    TRAFFICKING_EXPLOITATION = "trafficking_exploitation"
    DETENTION_REMOVAL = "detention_removal"
    HOMELESS_TONIGHT = "homeless_tonight"
    ADULT_AT_RISK = "adult_at_risk"


class Level(StrEnum):
    """How near the danger is."""

    #: Life or safety now: the safety card and an urgent handoff.
    RED = "red"
    #: Risk or crime told, not now: an offer text and a priority handoff.
    AMBER = "amber"
