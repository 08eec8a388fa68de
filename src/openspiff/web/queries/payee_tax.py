"""Which tax form is expected of a payee, and how far did it come?"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import attrs
from django.conf import settings

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotVisibleError, Viewer, may_see_payout_details
from openspiff.web.models import (
    PayeeName,
    TaxFormStep,
    TaxRuleConfirmation,
)

from .payee_methods import account_country

ALL_OTHERS: Final = "*"
NO_FORM: Final = "none"
KINDS: Final = ("firm", "independent")


class TaxSettingError(OpenSpiffError):
    """OPENSPIFF_TAX_FORMS says something that nobody can follow."""

    code: ClassVar[str] = "tax_setting"


@attrs.frozen(kw_only=True)
class FormStep:
    """One step of a tax form: what it was, on which day, who recorded it."""

    number: int
    form: str
    step: str
    step_on: dt.date
    note: str
    recorded_by: str


@attrs.frozen(kw_only=True)
class TaxForm:
    """Where a payee's tax form stands; `state` is none, expected or the newest step.

    `kind` is firm (somebody's employee) or independent; `country` is that of the account,
    "" where none is known yet.
    """

    form: str
    kind: str
    country: str
    state: str
    steps: tuple[FormStep, ...]

    @property
    def is_missing(self) -> bool:
        """Tell whether the payee has to send it, for the first time or again."""
        return self.state in {"expected", "rejected"}

    @property
    def last_number(self) -> int:
        """The number of the newest step, 0 when there is none."""
        return self.steps[0].number if self.steps else 0


@attrs.frozen
class ShownRule:
    """One sentence on tax, the day since which it holds, and where it stands."""

    says: str
    as_of: dt.date
    source: str


@attrs.frozen(kw_only=True)
class TaxRules:
    """What the pages say of tax, and who has confirmed it ("" when nobody has)."""

    rules: tuple[dict[str, str], ...]
    digest: str
    confirmed_by: str
    confirmed_at: int | None

    @property
    def shown(self) -> list[ShownRule]:
        """The rules as pages show them."""
        return [
            ShownRule(one["says"], dt.date.fromisoformat(one["as_of"]), one["source"])
            for one in self.rules
        ]


def tax_form(viewer: Viewer, payee_id: str) -> TaxForm:
    """Return which form is expected of a payee and what became of it, newest step first.

    Raises NotVisibleError when the viewer may not see it, TaxSettingError.
    """
    _refuse_outsiders(viewer, payee_id)
    firm_id = PayeeName.objects.filter(pk=payee_id).values_list("firm_id", flat=True)
    return form_of(
        firm_id=firm_id.first() or "",
        country=account_country(viewer, payee_id) or "",
        steps=form_steps(viewer, payee_id),
    )


def form_steps(viewer: Viewer, payee_id: str) -> list[FormStep]:
    """Return what became of a payee's form, the newest step first.

    Raises NotVisibleError when the viewer may not see it.
    """
    _refuse_outsiders(viewer, payee_id)
    rows = TaxFormStep.objects.filter(payee_id=payee_id).order_by("-number")
    return [
        FormStep(
            number=row.number,
            form=row.form,
            step=row.step,
            step_on=row.step_on,
            note=row.note,
            recorded_by=str(row.recorded_by),
        )
        for row in rows.select_related("recorded_by")
    ]


def _refuse_outsiders(viewer: Viewer, payee_id: str) -> None:
    if not may_see_payout_details(viewer, payee_id=payee_id):
        message = f"no tax form of {payee_id}"
        raise NotVisibleError(message)


def form_of(*, firm_id: str, country: str, steps: list[FormStep]) -> TaxForm:
    """Return the state of a form from what is known of its payee."""
    kind = "firm" if firm_id else "independent"
    form = expected_form(kind, country)
    return TaxForm(
        form=form,
        kind=kind,
        country=country,
        state=form_state(form, [(one.form, one.step) for one in steps]),
        steps=tuple(steps),
    )


def form_state(form: str, steps: Sequence[tuple[str, str]]) -> str:
    """Return the state of a form from the steps (form, step), the newest first.

    A step counts for the form that is expected now: another country asks for another.
    """
    if form == NO_FORM:
        return NO_FORM
    return next((step for of_form, step in steps if of_form == form), "expected")


def expected_form(kind: str, country: str) -> str:
    """Return the form that the setting names for a kind of payee in a country.

    Without a known country it is that of the United States, where the payer reports.
    """
    forms = _forms(settings.OPENSPIFF_TAX_FORMS)
    place = country or "US"
    return forms.get(f"{kind}.{place}") or forms.get(place) or forms[ALL_OTHERS]


def tax_rules(_viewer: Viewer) -> TaxRules:
    """Return what the settings say of tax, and whether a person has confirmed it."""
    rules: tuple[dict[str, str], ...] = tuple(settings.TAX_RULES)
    digest = rules_digest(rules)
    row = TaxRuleConfirmation.objects.select_related("confirmed_by").filter(digest=digest)
    found = row.first()
    return TaxRules(
        rules=rules,
        digest=digest,
        confirmed_by="" if found is None else str(found.confirmed_by),
        confirmed_at=None if found is None else found.confirmed_at,
    )


def rules_digest(rules: tuple[dict[str, str], ...]) -> str:
    """Return the digest that a confirmation names: another text needs another one."""
    said: list[Any] = [settings.OPENSPIFF_TAX_FORMS, *rules]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _forms(text: str) -> dict[str, str]:
    forms = {}
    problems = []
    for part in text.split(","):
        who, mark, form = (piece.strip() for piece in part.partition("="))
        kind, dot, country = who.rpartition(".")
        is_known = who == ALL_OTHERS or (
            len(country) == 2 and country.isupper() and (not dot or kind in KINDS)  # noqa: PLR2004 (ISO 3166)
        )
        if not mark or not form or not is_known:
            remedy = "write firm.US=W-9, US=W-9 or *=W-8BEN"
            problems.append(Problem(part.strip(), "expected WHO=FORM", remedy))
        forms[who] = form
    if ALL_OTHERS not in forms:
        problems.append(Problem(ALL_OTHERS, "nothing for all others", "add *=W-8BEN"))
    if problems:
        raise TaxSettingError("OPENSPIFF_TAX_FORMS cannot be followed", problems)
    return forms
