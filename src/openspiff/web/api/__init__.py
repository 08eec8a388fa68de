"""How do machines ask and act? The same actions and queries as the pages, as JSON.

Loaded with the addresses only: neither the library nor `openspiff --help` knows of it.
"""

from ._doors import OPERATIONS as OPERATIONS, Operation as Operation
from ._problem_words import PROBLEM_WORDS as PROBLEM_WORDS
from ._routes import (
    calls_apart as calls_apart,
    patterns as patterns,
    schema_document as schema_document,
)
