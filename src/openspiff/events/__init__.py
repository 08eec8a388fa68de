"""What happened? One table shape for everything that can be paid for."""

from openspiff.events._batch import (
    Batch as Batch,
    BatchError as BatchError,
    digest_of as digest_of,
    feed_of as feed_of,
    write_batch as write_batch,
)
from openspiff.events._feed import Feed as Feed
from openspiff.events._find import find_events as find_events
from openspiff.events._mapping import (
    EVENT_KINDS as EVENT_KINDS,
    EventMapping as EventMapping,
)
from openspiff.events._mapping_file import (
    MappingError as MappingError,
    load_mapping as load_mapping,
    parse_mapping as parse_mapping,
)
from openspiff.events._open import (
    open_feed as open_feed,
    open_roster as open_roster,
    payees_of as payees_of,
)
from openspiff.events._read import read_events as read_events
from openspiff.events._result import (
    ReadResult as ReadResult,
    Reject as Reject,
    UnmappedProduct as UnmappedProduct,
    write_rejects as write_rejects,
)
from openspiff.events._rows import (
    feed_from_rows as feed_from_rows,
    told_rows as told_rows,
    write_rows as write_rows,
)
from openspiff.events._shape import (
    EVENT_COLUMNS as EVENT_COLUMNS,
    FIRST_INSTANT as FIRST_INSTANT,
    LAST_INSTANT as LAST_INSTANT,
    LATER_COLUMNS as LATER_COLUMNS,
    PAYEE_COLUMNS as PAYEE_COLUMNS,
    RATE_COLUMNS as RATE_COLUMNS,
    STATUSES as STATUSES,
    SUPERSEDED_COLUMNS as SUPERSEDED_COLUMNS,
)
from openspiff.events._tables import EventFileError as EventFileError, Note as Note
