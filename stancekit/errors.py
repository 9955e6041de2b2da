"""The error tree.

    StancekitError
    ├── InputError (ValueError)             this one input cannot be read or is refused
    ├── OutputError (OSError)               the output cannot be written
    ├── CorpusError (ValueError)            the labelled corpus is refused
    └── ModelError (ValueError)             the model cannot be loaded or used
        ├── ModelNotFoundError (FileNotFoundError)
        ├── NotAModelError                  the file is something else
        ├── DamagedModelError               a model file that was cut, changed or forged
        ├── ModelVersionError               written for a newer stancekit, or other features
        └── FeatureMismatchError            rows and head were built with different settings

Every message says what was expected, what was found, where, and what to do. `where` and `hint`
are kept apart so that the command line prints one line: ``WHAT (WHERE): WHAT TO DO``.
"""


class StancekitError(Exception):
    """Root of all foreseeable faults.

    Parameters
    ----------
    what : what is wrong, in one clause.
    where : path, line, field or offset; empty if there is none.
    hint : what to do about it; empty if there is nothing to say.
    """

    def __init__(self, what: str, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(what, where, hint)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f": {self.hint}" if self.hint else ""
        return f"{self.what}{place}{advice}"


class InputError(StancekitError, ValueError):
    """One input cannot be read or is refused; the others are not concerned."""


class OutputError(StancekitError, OSError):
    """The output cannot be written; nothing was left under its name."""


class CorpusError(StancekitError, ValueError):
    """The labelled corpus is refused; the message names the record."""


class ModelError(StancekitError, ValueError):
    """The model cannot be loaded or used."""


class ModelNotFoundError(ModelError, FileNotFoundError):
    """No model lies at the path."""


class NotAModelError(ModelError):
    """The file is something other than a model file."""


class DamagedModelError(ModelError):
    """A model file that was cut, changed or forged."""


class ModelVersionError(ModelError):
    """The model was written for a newer stancekit or another feature definition."""


class FeatureMismatchError(ModelError):
    """Rows and head were built with different feature settings."""
