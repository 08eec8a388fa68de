"""How do the tests of imports get a draft as far as they need it?"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from jobs_world import drained
from web_world import World, at_noon

from openspiff.cli.import_work import work_on_import
from openspiff.web.actions import imports, imports_save
from openspiff.web.queries.imports import import_draft

AT = at_noon(3, 20)
HEADER = "Deal ID,Close date,Rep,Product,Amount,Stage\n"
GOOD = HEADER + (
    'D-20,2026-03-03,cleo,GTX Pro,"4,000.00",Closed Won\n'
    'D-21,2026-03-04,cleo,GTX Pro,"1,200.00",Closed Lost\n'
)
MAPPING = """
source = "crm2"
zone = "America/New_York"
[files.file]
path = "*"
format = "csv"
[columns]
event_id = "Deal ID"
occurred_at = "Close date"
product_id = "Product"
amount = "Amount"
[constants]
kind = "deal_won"
currency = "USD"
[money]
thousands = ","
[status]
column = "Stage"
done = ["Closed Won"]
lost = ["Closed Lost"]
[shares]
payee = "Rep"
"""


def incoming(home: Path, content: str | bytes, name: str) -> imports.NewFile:
    """Lay a file where uploads arrive."""
    data = content if isinstance(content, bytes) else content.encode()
    folder = home / "uploads" / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return imports.NewFile(path=path, name=name, size=len(data), digest=digest)


def started(
    world: World,
    content: str | bytes = GOOD,
    *,
    mapping: str = MAPPING,
    kind: str = "events",
    name: str = "deals.csv",
    role: str = "manager",
) -> int:
    """Return an import with its file and its mapping."""
    draft = imports.start_import(
        kind=kind,
        source="crm2",
        files=[incoming(world.home, content, name)],
        acting_user=world.users[role],
        at=AT,
    )
    if mapping:
        imports.set_mapping(
            draft_id=draft.pk,
            mapping_text=mapping,
            header_digest="0" * 64,
            acting_user=world.users[role],
            at=AT,
        )
    return int(draft.pk)


def tried(world: World, draft_id: int, *, role: str = "manager", at: int = AT) -> str:
    """Do the dry run in this process, and return the state it ends in."""
    user = world.users[role]
    begun = imports.begin_work(draft_id=draft_id, acting_user=user, at=at)
    return work_on_import(
        user=user, draft_id=draft_id, attempt=begun.attempt, clock=lambda: at
    )


def outcome(world: World, draft_id: int) -> dict[str, Any]:
    """Return what the last dry run found."""
    found: dict[str, Any] = import_draft(world.users["manager"], draft_id).outcome
    return found


def saved(
    world: World, content: str | bytes = GOOD, *, at: int = AT, **options: Any
) -> Any:
    """Return an import that was read, tried and saved."""
    draft_id = started(world, content, **options)
    assert tried(world, draft_id, at=at) == "ready", outcome(world, draft_id)
    return imports_save.save_import(
        draft_id=draft_id, acting_user=world.users["manager"], at=at
    )


def settled(world: World, draft_id: int) -> str:
    """Do what a page has asked of a worker, and return the state the import ends in."""
    drained(at=time.time_ns() // 1_000)
    return str(import_draft(world.users["manager"], draft_id).state)
