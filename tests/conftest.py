"""How do the tests run? One workspace folder a process, one choice of random examples."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
pytest_plugins = ["databases"]
pytest.register_assert_rewrite("spec.rules._table")  # so that a failure shows both sides
SHARED_DATA = ROOT.parent / "shared" / "data"

# Before Django reads its settings: nothing that a test writes lands in the checkout, and
# no setting of the person who runs the tests changes their outcome.
# What is said to the tests themselves: the engine, and how many random worlds.
_FOR_TESTS = {"OPENSPIFF_ENGINE", "OPENSPIFF_WORLDS"}
for name in [name for name in os.environ if name.startswith("OPENSPIFF_")]:
    if name not in _FOR_TESTS:
        del os.environ[name]
_WORKSPACE = tempfile.mkdtemp(prefix="openspiff-tests-")
os.environ["OPENSPIFF_HOME"] = _WORKSPACE
os.environ["DJANGO_SETTINGS_MODULE"] = "openspiff.web.settings"

# ci:   the same examples every time, so that a change never fails by luck
# dev:  new examples every time, so that a person at work finds what nobody thought of
# slow: many new examples (make slow)
# A duration is never a reason to fail: the benchmarks look at time.
_QUIET = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
hypothesis.settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=50,
    print_blob=True,
    suppress_health_check=_QUIET,
)
hypothesis.settings.register_profile(
    "dev",
    deadline=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=_QUIET,
)
hypothesis.settings.register_profile(
    "slow",
    deadline=None,
    max_examples=2000,
    print_blob=True,
    suppress_health_check=_QUIET,
)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
)


def pytest_unconfigure() -> None:
    shutil.rmtree(_WORKSPACE, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the real data sets; skip where it does not lie beside us."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no real data: expected the folder ../shared/data beside the checkout")
    return SHARED_DATA
