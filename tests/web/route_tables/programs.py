from __future__ import annotations

from program_texts import with_terms
from web_world import World, add_answer

from route_tables import EVERYBODY, NOBODY, OUTSIDERS, STAFF, Table

MANAGERS = frozenset({"manager", "administrator"})
OTHERS = EVERYBODY - MANAGERS

EXPECTED: Table = {
    "/programs/": (STAFF, OUTSIDERS),
    "/programs/spring/": (STAFF, OUTSIDERS),
    "/programs/spring/report/": (STAFF, OUTSIDERS),
    "/programs/spring/terms/": (EVERYBODY, NOBODY),
    "/programs/spring/1/file/": (STAFF, OUTSIDERS),
    "/programs/spring/9/file/": (NOBODY, OUTSIDERS),
    "/programs/spring/live/": (STAFF, OUTSIDERS),
    "/programs/spring/live/pace.svg": (STAFF, OUTSIDERS),
    "/programs/spring/live/pace.csv": (STAFF, OUTSIDERS),
    "/programs/spring/live/nothing.svg": (NOBODY, OUTSIDERS),
    "/programs/spring/pause/": (MANAGERS, OTHERS),
    "/programs/spring/end/": (MANAGERS, OTHERS),
    "/programs/spring/clone/": (MANAGERS, OTHERS),
    "/programs/spring/amend/": (MANAGERS, OTHERS),
    "/programs/later/": (STAFF, OUTSIDERS),
    "/programs/later/terms/": (STAFF, NOBODY),  # a draft
    "/programs/later/live/": (NOBODY, OUTSIDERS),
    "/programs/later/pause/": (NOBODY, OTHERS),
    "/programs/later/end/": (NOBODY, OTHERS),
    "/programs/none/": (NOBODY, OUTSIDERS),
    "/programs/none/terms/": (NOBODY, NOBODY),
    "/programs/none/live/": (NOBODY, OUTSIDERS),
    "/programs/none/clone/": (NOBODY, OTHERS),
    "/programs/none/amend/": (NOBODY, OTHERS),
    "/drafts/new/": (MANAGERS, OTHERS),
    "/drafts/later/1/": (MANAGERS, OTHERS),
    "/drafts/later/1/launch/": (MANAGERS, OTHERS),
    "/drafts/later/2/": (NOBODY, OTHERS),
    "/drafts/spring/1/": (NOBODY, OTHERS),  # launched: no draft any more
    "/drafts/spring/1/launch/": (NOBODY, OTHERS),
}
POSTS: Table = {
    "/drafts/new/": (MANAGERS, OTHERS),
    "/drafts/check/": (MANAGERS, OTHERS),
    "/drafts/later/1/": (MANAGERS, OTHERS),
    "/drafts/later/1/launch/": (MANAGERS, OTHERS),
    "/drafts/later/1/discard/": (MANAGERS, OTHERS),
    "/drafts/spring/1/discard/": (NOBODY, OTHERS),
    "/programs/spring/amend/": (MANAGERS, OTHERS),
    "/programs/spring/clone/": (MANAGERS, OTHERS),
    "/programs/spring/pause/": (MANAGERS, OTHERS),
    "/programs/spring/resume/": (MANAGERS, OTHERS),
    "/programs/spring/end/": (MANAGERS, OTHERS),
    "/programs/spring/joiners/": (MANAGERS, OTHERS),
    "/programs/later/resume/": (NOBODY, OTHERS),
    "/programs/none/joiners/": (NOBODY, OTHERS),
}


def prepare(world: World) -> None:
    from openspiff.web.actions.programs import add_program_draft  # noqa: PLC0415

    add_answer(world)
    text = with_terms(program_id="later", name="Later")
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
