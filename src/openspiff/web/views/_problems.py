"""Where does a form say what an action refused? At the fields that the problems name."""

from __future__ import annotations

from django.forms import Form

from openspiff.errors import OpenSpiffError
from openspiff.web.forms.english import in_english


def add_problems(form: Form, error: OpenSpiffError) -> None:
    """Add every problem of an error to the form, beside its field where it has one."""
    for problem in error.problems:
        remedy = f" ({problem.remedy})" if problem.remedy else ""
        field = problem.place if problem.place in form.fields else None
        form.add_error(field, in_english(f"{problem.message}{remedy}"))
    if not error.problems:
        form.add_error(None, in_english(error.message))
