"""What is there to decide upon in the small install? Measurements, editions, a library."""

from __future__ import annotations

import functools
import time
from typing import Any, Final

import attrs
from program_texts import with_terms
from web_world import World, an_answer, at_noon, candidates

from openspiff.measure import Answer
from openspiff.program import Program
from openspiff.report import Contents, report_contents
from openspiff.web.actions import (
    decisions,
    decisions_sharing,
    measurements,
    programs as program_actions,
)
from openspiff.web.queries import decisions as queries, programs
from openspiff.web.queries.decisions_sharing import token_of

NAME: Final = "a-name-made-by-chance"
TAKEN_BACK: Final = "a-name-that-was-taken-back"


def later_answer(program: Program) -> Answer:
    """Return what a second measurement said: more weeks, and a number that is surer."""
    first = an_answer(program)
    added = first.total_incremental
    assert added is not None
    surer = attrs.evolve(added, value=3.0, low=0.5, high=5.5)
    return attrs.evolve(
        first, as_of=at_noon(5, 2), data_digest="1" * 64, total_incremental=surer
    )


def spring(world: World) -> Program:
    launched = programs.launched_programs(world.users["manager"])
    return next(one for one in launched if one.program_id == "spring")


@functools.cache
def drawn(answer: Answer, program: Program, *, is_shared: bool) -> Contents:
    """Return a report whose pictures were drawn once in this process: it takes seconds."""
    return report_contents(answer, program, is_shared=is_shared)


def measure_again(world: World) -> int:
    """Put a second measurement of spring on record and return its number."""
    row = measurements.record_measurement(
        answer=later_answer(spring(world)),
        acting_user=world.users["manager"],
        at=at_noon(5, 2),
    )
    return int(row.pk)


def newest(world: World) -> queries.Measured:
    return queries.measurements_of(world.users["analyst"], "spring")[0]


def write(world: World, *, is_shared: bool = False, at: int | None = None) -> Any:
    """Write the report of the newest measurement of spring."""
    shown = newest(world)
    assert shown.answer is not None
    return decisions.write_edition(
        program_id="spring",
        measurement_id=shown.measurement_id,
        is_shared=is_shared,
        contents=drawn(shown.answer, spring(world), is_shared=is_shared),
        acting_user=world.users["manager"],
        at=at_noon(5, 3) if at is None else at,
    )


def share(world: World, *, name: str = NAME, at: int | None = None, days: int = 30) -> Any:
    """Give the report of spring away, from now on unless a moment is named."""
    write(world, is_shared=True)
    return decisions_sharing.make_share_link(
        new=decisions_sharing.NewLink(
            program_id="spring",
            measurement_id=newest(world).measurement_id,
            note="The board of North",
            days=days,
        ),
        name=name,
        acting_user=world.users["manager"],
        at=time.time_ns() // 1000 if at is None else at,
    )


def take_back(world: World, link: Any) -> None:
    decisions_sharing.revoke_share_link(
        program_id="spring",
        link_id=link.pk,
        acting_user=world.users["manager"],
        at=time.time_ns() // 1000,
    )


def add_decisions(world: World) -> None:
    """Leave a row in every table of ours: an edition, a link opened and taken back."""
    link = share(world)
    decisions_sharing.count_opening(link_id=link.pk, form="page", at=link.made_at)
    take_back(world, link)


def shared_address(name: str = NAME) -> str:
    return f"/shared/{token_of(name)}/"


def add_library(world: World) -> None:
    """Launch and measure three more programs, so that four can be taken together."""
    manager = world.users["manager"]
    for number, name in enumerate(("summer", "autumn", "winter")):
        text = with_terms(program_id=name, name=f"{name.title()} push")
        program_actions.add_program_draft(
            source_text=text, acting_user=manager, at=at_noon(1, 2)
        )
        program_actions.launch_program(
            program_id=name,
            version=1,
            candidates=candidates(manager),
            acting_user=manager,
            at=at_noon(1, 3),
        )
        program = programs.program_versions(manager, name)[0].program
        first = an_answer(program)
        assert first.headline is not None
        moved = 0.05 + number / 10
        effect = attrs.evolve(
            first.headline, value=moved, low=moved - 0.1, high=moved + 0.1
        )
        answer = attrs.evolve(
            first, headline=attrs.evolve(effect, standard_error=0.05), estimates=(effect,)
        )
        measurements.record_measurement(
            answer=answer, acting_user=manager, at=at_noon(5, 4)
        )
