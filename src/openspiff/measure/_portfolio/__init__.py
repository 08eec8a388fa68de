"""What do many finished programs say together that none of them says alone?"""

from openspiff.measure._portfolio._curse import WinnersCurse as WinnersCurse
from openspiff.measure._portfolio._library import (
    Portfolio as Portfolio,
    ShrunkEffect as ShrunkEffect,
    portfolio as portfolio,
)
from openspiff.measure._portfolio._records import (
    SPREAD_OF_SHARES as SPREAD_OF_SHARES,
    FinishedProgram as FinishedProgram,
)
