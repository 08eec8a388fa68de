"""What would a market with a known truth look like? The simulator."""

from openspiff.market._check import MarketError as MarketError
from openspiff.market._crm import (
    CrmFiles as CrmFiles,
    later_files as later_files,
    write_crm_files as write_crm_files,
)
from openspiff.market._demo import (
    DEMO_SEED as DEMO_SEED,
    demo_effect as demo_effect,
    demo_setting as demo_setting,
)
from openspiff.market._market import (
    OUTCOMES as OUTCOMES,
    Market as Market,
    market_roster as market_roster,
    simulate_market as simulate_market,
)
from openspiff.market._panel_setting import (
    PHASES as PHASES,
    PanelSetting as PanelSetting,
)
from openspiff.market._panel_truth import PanelTruth as PanelTruth
from openspiff.market._panels import DrawnPanel as DrawnPanel, draw_panel as draw_panel
from openspiff.market._read import read_market as read_market
from openspiff.market._roster import Roster as Roster
from openspiff.market._setting import (
    MarketSetting as MarketSetting,
    ProductLine as ProductLine,
    ProgramEffect as ProgramEffect,
)
from openspiff.market._truth import Truth as Truth
from openspiff.market._write import write_market as write_market
