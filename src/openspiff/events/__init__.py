"""What happened? One table shape for everything that can be paid for."""

from openspiff.events._feed import Feed as Feed
from openspiff.events._open import open_feed as open_feed, payees_of as payees_of
from openspiff.events._rows import (
    feed_from_rows as feed_from_rows,
    write_rows as write_rows,
)
from openspiff.events._shape import (
    EVENT_COLUMNS as EVENT_COLUMNS,
    FIRST_INSTANT as FIRST_INSTANT,
    LAST_INSTANT as LAST_INSTANT,
    PAYEE_COLUMNS as PAYEE_COLUMNS,
    RATE_COLUMNS as RATE_COLUMNS,
    STATUSES as STATUSES,
    SUPERSEDED_COLUMNS as SUPERSEDED_COLUMNS,
)
