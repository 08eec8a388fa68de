from __future__ import annotations

from program_texts import with_terms
from web_world import World, add_answer

from route_tables import EVERYBODY, NOBODY, OUTSIDERS, STAFF, Table

EXPECTED: Table = {
    "/programs/": (STAFF, OUTSIDERS),
    "/programs/spring/": (STAFF, OUTSIDERS),
    "/programs/spring/report/": (STAFF, OUTSIDERS),
    "/programs/spring/terms/": (EVERYBODY, NOBODY),
    "/programs/later/": (STAFF, OUTSIDERS),
    "/programs/later/terms/": (STAFF, NOBODY),  # a draft
    "/programs/none/": (NOBODY, OUTSIDERS),
    "/programs/none/terms/": (NOBODY, NOBODY),
}


def prepare(world: World) -> None:
    from openspiff.web.actions.programs import add_program_draft  # noqa: PLC0415

    add_answer(world)
    text = with_terms(program_id="later", name="Later")
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
