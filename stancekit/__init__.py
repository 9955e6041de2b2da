"""stancekit: who says what in a news article, and where they stand toward a target.

>>> import stancekit
>>> utterances = stancekit.segment("The bridge is safe, the engineer said.")
>>> utterances[0].text
'The bridge is safe'

The names below are all that is public. They are imported when first used: ``import stancekit`` itself
loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stancekit.classifier import Classifier, Scores, load, segment
    from stancekit.errors import (
        CorpusError,
        DamagedModelError,
        FeatureMismatchError,
        InputError,
        ModelError,
        ModelNotFoundError,
        ModelVersionError,
        NotAModelError,
        OutputError,
        StancekitError,
    )
    from stancekit.jsonlines import JsonLines
    from stancekit.judgement import Judgement
    from stancekit.report import Evidence, Report, SpeakerReport, Summary, Utterance
    from stancekit.speakers import Speaker
    from stancekit.tokens import Span

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "CorpusError",
    "DamagedModelError",
    "Evidence",
    "FeatureMismatchError",
    "InputError",
    "JsonLines",
    "Judgement",
    "ModelError",
    "ModelNotFoundError",
    "ModelVersionError",
    "NotAModelError",
    "OutputError",
    "Report",
    "Scores",
    "Span",
    "Speaker",
    "SpeakerReport",
    "StancekitError",
    "Summary",
    "Utterance",
    "load",
    "segment",
]

_HOMES = {
    "stancekit.classifier": ("Classifier", "Scores", "load", "segment"),
    "stancekit.jsonlines": ("JsonLines",),
    "stancekit.judgement": ("Judgement",),
    "stancekit.report": ("Evidence", "Report", "SpeakerReport", "Summary", "Utterance"),
    "stancekit.speakers": ("Speaker",),
    "stancekit.tokens": ("Span",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOME_OF.get(name, "stancekit.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
