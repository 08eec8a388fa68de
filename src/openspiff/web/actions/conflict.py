"""What when somebody else was faster? The act is refused, and nothing is written."""

from __future__ import annotations

from typing import ClassVar

from openspiff.errors import OpenSpiffError


class ConflictError(OpenSpiffError):
    """What is asked for no longer fits what is stored."""

    code: ClassVar[str] = "conflict"
