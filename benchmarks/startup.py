"""How long does `openspiff --help` take, beside an interpreter that does nothing?"""

from __future__ import annotations

import subprocess
import sys

from _timing import measure_all, print_comparison

LIMIT_SECONDS = 0.5
HELP = (
    "import sys; sys.argv = ['openspiff', '--help']; from openspiff.cli import main; main()"
)


def run_command(*words: str) -> int:
    """Run the interpreter with these words; return its exit code."""
    done = subprocess.run(  # noqa: S603 (our own interpreter, fixed words)
        [sys.executable, *words], capture_output=True, check=True
    )
    return done.returncode


def main() -> int:
    """Print the table; fail when help takes longer than the limit."""
    measured = measure_all(
        {
            "empty interpreter": (run_command, "-c", "pass"),
            "import click": (run_command, "-c", "import click"),
            "import openspiff": (run_command, "-c", "import openspiff"),
            "openspiff --help": (
                run_command,
                "-c",
                HELP,
            ),
        }
    )
    print_comparison(
        "Start of the command line",
        measured,
        yardstick="import click",
        subject="openspiff --help",
    )
    median = measured["openspiff --help"].median
    is_met = median <= LIMIT_SECONDS
    verdict = "met" if is_met else "NOT met"
    print(f"HELP {median:.2f} s, wanted at most {LIMIT_SECONDS} s ({verdict})")
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
