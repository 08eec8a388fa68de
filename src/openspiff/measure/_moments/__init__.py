"""What must be kept of the payees so that every comparison can be made from it?"""

from openspiff.measure._moments._engine import (
    Column as Column,
    moments_of_rows as moments_of_rows,
)
from openspiff.measure._moments._feed import moments_of_feed as moments_of_feed
from openspiff.measure._moments._file import (
    read_moments as read_moments,
    write_moments as write_moments,
)
from openspiff.measure._moments._gather import moments_of as moments_of
from openspiff.measure._moments._members import (
    Activity as Activity,
    Members as Members,
    members_of as members_of,
)
from openspiff.measure._moments._record import (
    NEVER as NEVER,
    Cohort as Cohort,
    FirmSums as FirmSums,
    Moments as Moments,
    joined as joined,
    merged as merged,
)
