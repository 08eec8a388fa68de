"""Which words do all answers share? Problems, and pages of a list."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

_LARGEST = 2**63 - 1

Minor = Annotated[
    int,
    Field(
        strict=True,
        ge=-_LARGEST,
        le=_LARGEST,
        description="An amount in whole minor units of its currency.",
    ),
]
Moment = Annotated[
    int,
    Field(
        strict=True,
        ge=-_LARGEST,
        le=_LARGEST,
        description="Microseconds since 1970, UTC.",
    ),
]


def day_text(value: object) -> object:
    """Refuse what is no text before it is read as a day: a number is not one."""
    if (
        not isinstance(value, str)
        or not value[:1].isdigit()
        or len(value) != len("2026-01-31")
    ):
        message = "expected a day such as 2026-01-31"
        raise ValueError(message)
    return value


Item = TypeVar("Item", bound=BaseModel)


class Shape(BaseModel):
    """What is answered."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Given(BaseModel):
    """What is sent: names that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid")


class ProblemShape(Shape):
    """One thing that is wrong, where it stands, and what would mend it."""

    place: str
    message: str
    remedy: str


class ProblemDocument(Shape):
    """What went wrong (RFC 9457); the codes are those of the command line."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: list[ProblemShape]
    problem_count: int
    request_id: str


class Page(Shape, Generic[Item]):
    """One page of a list; `next` is the cursor of the page after it, null at the end."""

    items: list[Item]
    next: str | None
