"""Do the steps say on Spark what the plain reference says? A few worlds, as each is slow.

With OPENSPIFF_ENGINE=spark every other test of the rules runs there too.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from engines import new_spark
from generative.test_rules_agree import disagreement
from generative.worlds import random_world


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # what Spark and its gateway warn of is theirs
@pytest.mark.parametrize("seed", [0, 8, 10])
def test_spark_and_reference_agree_on_what_is_due(seed: int, tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="PySpark is an extra")
    told = random_world(random.Random(seed))  # noqa: S311 (worlds, not secrets)
    assert disagreement(told, tmp_path, new_spark) == ""
