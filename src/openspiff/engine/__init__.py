"""Where does it run? Named SQL steps on an embedded or a distributed engine.

`SparkEngine` is loaded when it is first asked for: PySpark is an extra.
"""

from typing import TYPE_CHECKING, Any

from openspiff.engine._duckdb import (
    DuckDBEngine as DuckDBEngine,
    EngineError as EngineError,
    Progress as Progress,
    Row as Row,
)
from openspiff.engine._sql import (
    Step as Step,
    emit as emit,
    quoted as quoted,
    read_step as read_step,
)

if TYPE_CHECKING:
    from openspiff.engine._spark import SparkEngine as SparkEngine


def __getattr__(name: str) -> Any:
    if name == "SparkEngine":
        from openspiff.engine._spark import SparkEngine  # noqa: PLC0415 (an extra)

        return SparkEngine
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
