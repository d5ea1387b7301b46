"""Single steps of the reference engine for the tests of this room."""

from sessions import session_of

__all__ = ["session_of"]
