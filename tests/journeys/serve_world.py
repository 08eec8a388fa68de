"""How do the tests of journeys get an install to walk through? Made here, then served.

Run as `python serve_world.py HOME FD`: makes the workspace with its world and becomes the
server, which listens on the inherited socket FD.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from openspiff import web


def main(home: Path, fd: str) -> None:
    """Make the world and serve it until killed."""
    web.create_workspace(home)
    tests = Path(__file__).resolve().parents[1]
    sys.path[:0] = [str(tests), str(tests / "web")]
    import claims_world  # noqa: PLC0415 (needs the workspace)
    import payee_world  # noqa: PLC0415
    import web_world  # noqa: PLC0415

    os.environ["OPENSPIFF_AT"] = str(web_world.at_noon(3, 10))
    world = web_world.make_world(home)
    web_world.add_answer(world)
    claims_world.add_claims(world)
    payee_world.add_pages(world)
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{fd}", "--threads", "4"]
    os.execv(sys.executable, [*command, "django.core.wsgi:get_wsgi_application()"])  # noqa: S606


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
