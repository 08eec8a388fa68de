"""What moved to the deadline, in number and in discount?"""

from openspiff.measure._bunching._counts import (
    Bunching as Bunching,
    BunchingPath as BunchingPath,
    bunching as bunching,
)
from openspiff.measure._bunching._days import (
    DatedEvents as DatedEvents,
    Deadline as Deadline,
)
from openspiff.measure._bunching._depth import (
    Depth as Depth,
    DepthPath as DepthPath,
    depth_at_deadline as depth_at_deadline,
)
