"""What did one series do that its own past does not explain (tier D)?"""

from openspiff.measure._series._own_past import (
    OwnPast as OwnPast,
    Series as Series,
    SeriesPath as SeriesPath,
    own_past as own_past,
)
from openspiff.measure._series._phases import quarter_phases as quarter_phases
from openspiff.measure._series._placebo import Placebos as Placebos
