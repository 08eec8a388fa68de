"""Where does it run? Named SQL steps on an embedded or a distributed engine."""

from openspiff.engine._duckdb import (
    DuckDBEngine as DuckDBEngine,
    Progress as Progress,
    Row as Row,
)
from openspiff.engine._sql import Step as Step, emit as emit, read_step as read_step
