"""How do the tests of journeys get an install to walk through? Made here, then served.

Run as `python serve_world.py HOME FD [small] [alone]`: makes the workspace with its world
and becomes the server, which listens on the inherited socket FD. The world holds what the
inventory of addresses leads to, unless it is to be small; a worker stands beside the
server, unless it is to be alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from openspiff import web


def main(home: Path, fd: str, *, is_small: bool, is_alone: bool) -> None:
    """Make the world and serve it until killed."""
    web.create_workspace(home)
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "web"))
    import decisions_world  # noqa: PLC0415 (needs the workspace)
    import test_routes  # noqa: PLC0415
    import web_world  # noqa: PLC0415

    os.environ["OPENSPIFF_AT"] = str(web_world.at_noon(3, 10))
    world = web_world.make_world(home)
    if not is_small:
        # So each page of the inventory can be looked at.
        for topic in test_routes.TABLES:
            prepare = getattr(topic, "prepare", None)
            if prepare is not None:
                prepare(world)
        decisions_world.add_library(world)
    if not is_alone:
        # A worker beside, which ends with the server that takes this process's place.
        line = [sys.executable, "-c", "from openspiff.cli import main; main()"]
        work = ["--home", str(home), "work", "--while", str(os.getpid())]
        subprocess.Popen([*line, *work])
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{fd}", "--threads", "4"]
    os.execv(sys.executable, [*command, "django.core.wsgi:get_wsgi_application()"])  # noqa: S606


if __name__ == "__main__":
    said = sys.argv[3:]
    main(Path(sys.argv[1]), sys.argv[2], is_small="small" in said, is_alone="alone" in said)
