"""What is wrong with a program that a person can put right?"""

from __future__ import annotations

from typing import ClassVar

from openspiff.errors import OpenSpiffError


class ProgramError(OpenSpiffError):
    """A program file, a version or an enrolment that cannot stand as it is."""

    code: ClassVar[str] = "program"
