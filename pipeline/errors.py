"""Every failure that a user can cause or meet, as one exception type with a one-line message.

Commands catch `RenzhiError` at the border, print ``renzhi: MESSAGE`` and leave with exit code 2.
Anything else that escapes is a bug in renzhi and keeps its traceback.
"""

from __future__ import annotations

__all__ = ["BadInputError", "ConfigError", "MissingExtraError", "ModelError", "RenzhiError"]


class RenzhiError(Exception):
    """A failure with a cause that the user can act on; its text is one line."""


class BadInputError(RenzhiError):
    """An input file or text cannot be used; the message names it and says why.

    name: the file or source, as the user gave it.
    reason: the cause, in plain English, without the name.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason

    def __reduce__(self) -> tuple[type[BadInputError], tuple[str, str]]:
        return (type(self), (self.name, self.reason))  # workers send it between processes


class ConfigError(RenzhiError):
    """A configuration file or option has an unknown key or a value of the wrong kind."""


class ModelError(RenzhiError):
    """A model is missing, damaged or made for another version."""


class MissingExtraError(RenzhiError):
    """A command needs packages of an optional extra that is not installed.

    extra: the extra's name in pyproject.toml, such as ``train``.
    purpose: what needs it, such as ``renzhi train``.
    """

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the extra '{extra}': pip install 'renzhi[{extra}]'")
        self.extra = extra
        self.purpose = purpose

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return (type(self), (self.extra, self.purpose))
