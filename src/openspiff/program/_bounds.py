"""Which numbers may a term hold? Validators for counts and amounts."""

from __future__ import annotations

import attrs


def positive(_: object, attribute: attrs.Attribute[int], value: int | None) -> None:
    """Refuse a number that is not above zero."""
    if value is not None and value <= 0:
        message = f"expected {attribute.name} above zero, got {value}"
        raise ValueError(message)


def not_negative(_: object, attribute: attrs.Attribute[int], value: int | None) -> None:
    """Refuse a number below zero."""
    if value is not None and value < 0:
        message = f"expected {attribute.name} of zero or more, got {value}"
        raise ValueError(message)
