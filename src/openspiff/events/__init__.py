"""What happened? One table shape for everything that can be paid for."""

from openspiff.events._batch import (
    Batch as Batch,
    BatchError as BatchError,
    digest_of as digest_of,
    feed_of as feed_of,
    write_batch as write_batch,
)
from openspiff.events._feed import (
    Feed as Feed,
    FeedFileError as FeedFileError,
    require_files as require_files,
)
from openspiff.events._find import find_events as find_events
from openspiff.events._guess import (
    EVENT_FIELDS as EVENT_FIELDS,
    Guess as Guess,
    guess_columns as guess_columns,
    guess_statuses as guess_statuses,
    samples_of as samples_of,
    words_of_column as words_of_column,
)
from openspiff.events._list_mapping import (
    LIST_FIELDS as LIST_FIELDS,
    LIST_REQUIRED as LIST_REQUIRED,
    ListMapping as ListMapping,
    made_by as made_by,
    parse_list_mapping as parse_list_mapping,
)
from openspiff.events._list_read import (
    PRODUCT_COLUMNS as PRODUCT_COLUMNS,
    ListFile as ListFile,
    ListResult as ListResult,
    list_rows as list_rows,
    read_list as read_list,
    write_list as write_list,
)
from openspiff.events._listing import (
    EventFilter as EventFilter,
    event_history as event_history,
    list_events as list_events,
)
from openspiff.events._look import Look as Look, look_at as look_at
from openspiff.events._mapping import (
    EVENT_KINDS as EVENT_KINDS,
    EventMapping as EventMapping,
    FileFormat as FileFormat,
)
from openspiff.events._mapping_file import (
    MappingError as MappingError,
    load_mapping as load_mapping,
    parse_mapping as parse_mapping,
)
from openspiff.events._mapping_text import (
    is_plain as is_plain,
    mapping_text as mapping_text,
    with_names as with_names,
)
from openspiff.events._names import (
    NAME_KINDS as NAME_KINDS,
    UnknownName as UnknownName,
    unknown_names as unknown_names,
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
from openspiff.events._spellings import (
    DATE_FORMATS as DATE_FORMATS,
    MONEY_WAYS as MONEY_WAYS,
)
from openspiff.events._tables import EventFileError as EventFileError, Note as Note
from openspiff.events._undo import Undoing as Undoing, undo_batch as undo_batch
