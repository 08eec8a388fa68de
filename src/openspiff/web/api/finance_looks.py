"""What does finance look at, for a machine? What is owed today, what is odd, pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from openspiff.web.access import READ_FINANCE
from openspiff.web.queries import approvals, exceptions as odd, holds, liability
from openspiff.web.queries.account_lines import account_lines
from openspiff.web.queries.finance_pictures import finance_drawing, finance_pictures

from ._doors import Reply, operation, shown_at, viewer_of
from ._files import SVG, Coat, PictureName, PictureShape, picture_shape, svg_reply
from ._shapes import Minor, Shape

TAG: Final = "finance"
router: Final = Router()


class OwedShape(Shape):
    """What is owed in one currency by the promises, and by the accounts."""

    currency: str
    schedule_minor: Minor
    payable_minor: Minor
    receivable_minor: Minor
    difference_minor: Minor = Field(description="It must be nothing.")


class FinanceOverviewShape(Shape):
    """What is owed, and what waits for somebody."""

    sums: list[OwedShape]
    overdue: dict[str, int] = Field(description="Minor units by currency.")
    batches_to_approve: list[int]
    batches_to_pay: list[int]
    exception_count: int
    hold_count: int


class ExceptionalShape(Shape):
    """One payee whose money is odd, and the event that it is about, if any."""

    payee_id: str
    name: str
    currency: str
    amount_minor: Minor
    program_id: str
    source: str
    event_id: str
    other: int = Field(
        description="What the rule compares with: the next largest amount, or how often."
    )


class RuleFoundShape(Shape):
    """What one rule found: the first of them, most money first, and how many in all."""

    count: int
    items: list[ExceptionalShape]


class LateShape(Shape):
    """What one payee waits for although its day has passed."""

    payee_id: str
    name: str
    program_id: str
    currency: str
    amount_minor: Minor
    promised_on: dt.date


class LateFoundShape(Shape):
    """Who waits longer than was promised, and how many in all."""

    count: int
    items: list[LateShape]


class FinanceExceptionsShape(Shape):
    """Everything about the money that needs a person, rule by rule."""

    count: int
    negative: RuleFoundShape
    unknown: RuleFoundShape
    unusual: RuleFoundShape
    twice: RuleFoundShape
    late: LateFoundShape
    without_method: RuleFoundShape
    without_consent: RuleFoundShape


class PictureList(Shape):
    """Every picture, in words and numbers."""

    items: list[PictureShape]


@operation(
    router,
    "GET",
    "/finance-overview",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=FinanceOverviewShape,
)
def get_finance_overview(request: HttpRequest) -> Reply:
    """Read what is owed, and what waits for somebody today."""
    viewer, at = viewer_of(request), shown_at()
    schedule = liability.liability(viewer, at=at)
    awaiting = approvals.batches_awaiting(viewer)
    body = FinanceOverviewShape(
        sums=[
            OwedShape(**_told(one, OwedShape.model_fields))
            for one in liability.reconciled(schedule, account_lines(viewer))
        ],
        overdue=liability.overdue_sums(schedule),
        batches_to_approve=[one.number for one in awaiting if one.state == "prepared"],
        batches_to_pay=[one.number for one in awaiting if one.state == "approved"],
        exception_count=odd.exceptions(viewer, at=at).count,
        hold_count=len(holds.active_holds(viewer, at=at)),
    )
    return Reply(body=body)


@operation(
    router,
    "GET",
    "/finance-exceptions",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=FinanceExceptionsShape,
)
def get_finance_exceptions(request: HttpRequest) -> Reply:
    """Read what is odd about the money and needs a person, rule by rule."""
    found = odd.exceptions(viewer_of(request), at=shown_at())
    late = [LateShape(**_told(one, LateShape.model_fields)) for one in found.late]
    body = FinanceExceptionsShape(
        count=found.count,
        negative=_rule(found.negative),
        unknown=_rule(found.unknown),
        unusual=_rule(found.unusual),
        twice=_rule(found.twice),
        late=LateFoundShape(count=found.late_count, items=late),
        without_method=_rule(found.without_method),
        without_consent=_rule(found.without_consent),
    )
    return Reply(body=body)


@operation(
    router,
    "GET",
    "/finance-pictures",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=PictureList,
)
def list_finance_pictures(request: HttpRequest) -> Reply:
    """List the pictures of finance with the numbers behind them."""
    found = finance_pictures(viewer_of(request), at=shown_at())
    return Reply(body=PictureList(items=[picture_shape(one) for one in found]))


@operation(
    router,
    "GET",
    "/finance-pictures/{name}",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=None,
    media_type=SVG,
)
def get_finance_picture(
    request: HttpRequest, name: PictureName, coat: Coat = "light"
) -> Reply:
    """Read one picture of finance, as SVG."""
    return svg_reply(finance_drawing(viewer_of(request), name, coat=coat, at=shown_at()))


def _rule(found: odd.Found) -> RuleFoundShape:
    fields = ExceptionalShape.model_fields
    items = [ExceptionalShape(**_told(one, fields)) for one in found.rows]
    return RuleFoundShape(count=found.count, items=items)


def _told(one: Any, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in fields}
