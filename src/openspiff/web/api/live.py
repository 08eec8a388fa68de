"""How does a program go, for a machine? The live figures, and pictures of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from openspiff.ledger import Exhaustion
from openspiff.web.access import READ_PROGRAMS
from openspiff.web.queries import live_view as found

from ._doors import Reply, operation, shown_at, viewer_of
from ._files import SVG, Coat, PictureName, PictureShape, picture_shape, svg_reply
from ._shapes import Minor, Shape
from .programs import ProgramId

TAG: Final = "programs"
router: Final = Router()


class FiguresShape(Shape):
    """What a program has come to by the books, in minor units of its currency."""

    entitled_minor: Minor
    owed_minor: Minor
    paid_minor: Minor
    clawed_back_minor: Minor


class EarlierShape(Shape):
    """The same days of an earlier quarter: so far, and in all."""

    months: int = Field(description="How many months before the program's own window.")
    starts_on: dt.date
    until: dt.date
    count: int
    total: int


class LivePaceShape(Shape):
    """Qualifying events so far, beside the plan and beside earlier quarters."""

    count: int
    target: int | None
    planned: int | None = Field(description="How many were planned by now.")
    ahead: int | None
    by_phase: bool = Field(description="Planned by the shape of earlier quarters.")
    earlier: list[EarlierShape]


class BudgetLeftShape(Shape):
    """How much of the budget is left."""

    total: Minor
    left: Minor
    used_ppm: int
    is_spent: bool
    is_sure: bool = Field(description="False while nobody can tell when it will be spent.")


class ExhaustionShape(Shape):
    """The day on which the budget is expected to be spent; null: not in the window."""

    week_count: int
    mean_week_minor: Minor
    fastest_week_minor: Minor
    slowest_week_minor: Minor
    likely_on: dt.date | None
    earliest_on: dt.date | None
    latest_on: dt.date | None


class WaitShape(Shape):
    """Within how many days half, and nine of ten, were done."""

    half: int
    most: int


class SpeedShape(Shape):
    """How many days booking and paying took, beside the promise."""

    booked: WaitShape | None
    paid: WaitShape | None
    paid_count: int
    in_time_ppm: int | None
    promised_days: int


class LiveShape(Shape):
    """How a launched program goes, as of the last day that the feed tells of."""

    program_id: str
    version: int
    currency: str
    zone: str
    today: dt.date
    last_on: dt.date
    has_begun: bool
    is_draw: bool
    figures: FiguresShape
    pace: LivePaceShape
    budget: BudgetLeftShape | None
    expected: ExhaustionShape | None
    late_minor: Minor = Field(description="Owed although its promised day has passed.")
    speed: SpeedShape
    held_out_count: int
    held_out_event_count: int
    held_out_booked_minor: Minor = Field(description="Anything above zero is a leak.")
    pictures: list[PictureShape]


@operation(
    router,
    "GET",
    "/programs/{program_id}/live",
    policy=READ_PROGRAMS,
    scope="programs:read",
    shape=LiveShape,
)
def get_program_live(request: HttpRequest, program_id: ProgramId) -> Reply:
    """Read how a launched program goes: pace, budget, promises, speed and holdout."""
    view = found.live_view(viewer_of(request), program_id, at=shown_at())
    program, facts = view.program, view.facts
    body = LiveShape(
        program_id=program.program_id,
        version=program.version,
        currency=program.currency,
        zone=program.window.zone,
        today=view.today,
        last_on=view.last_on,
        has_begun=view.has_begun,
        is_draw=view.is_draw,
        figures=FiguresShape(**_told(view.figures, FiguresShape.model_fields)),
        pace=LivePaceShape(**view.pace),
        budget=None if view.budget is None else BudgetLeftShape(**view.budget),
        expected=_expected(view.expected),
        late_minor=view.late_minor,
        speed=SpeedShape(**view.speed),
        held_out_count=facts.held_out_count,
        held_out_event_count=facts.pace.kept.event_count,
        held_out_booked_minor=facts.held_out_booked_minor,
        pictures=[picture_shape(one) for one in view.pictures],
    )
    return Reply(body=body)


@operation(
    router,
    "GET",
    "/programs/{program_id}/live/{name}",
    policy=READ_PROGRAMS,
    scope="programs:read",
    shape=None,
    media_type=SVG,
)
def get_live_picture(
    request: HttpRequest, program_id: ProgramId, name: PictureName, coat: Coat = "light"
) -> Reply:
    """Read one picture of how a program goes, as SVG."""
    viewer = viewer_of(request)
    return svg_reply(found.live_drawing(viewer, program_id, name, coat=coat, at=shown_at()))


def _expected(one: Exhaustion | None) -> ExhaustionShape | None:
    if one is None:
        return None
    return ExhaustionShape(**_told(one, ExhaustionShape.model_fields))


def _told(one: Any, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in fields}
