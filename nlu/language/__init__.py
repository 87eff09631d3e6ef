"""Which language is this message in, how sure are we, and should we ask?"""

from nlu.language.identify import Decision, LanguageGuess, LanguageIdentifier

__all__ = ["Decision", "LanguageGuess", "LanguageIdentifier"]
