"""How is the made-up system's export read? By this mapping, written beside it."""

from __future__ import annotations

from typing import Final

from openspiff.market._setting import MarketSetting
from openspiff.market._write import CANCELLED, DONE, LOST, OPEN, STATUS_WORDS

CRM_SOURCE: Final = "demo-crm"
STAGES: Final = {OPEN: "In progress", LOST: "Lost", DONE: "Won", CANCELLED: "Cancelled"}

_MAPPING: Final = """\
# How to read the files beside this one as events. Columns on the right are theirs.
source = "{source}"
zone = "{zone}"
main = "deals"

[files]
deals = {{ path = "deals.csv" }}
customers = {{ path = "customers.csv" }}
products = {{ path = "products.csv" }}
payees = {{ path = "payees.csv" }}

[[joins]]
file = "customers"
on = {{ "Account ID" = "Account ID" }}

[[joins]]
file = "products"
on = {{ "Product" = "Product" }}

[columns]
event_id = "Deal"
occurred_at = "Closed"
recorded_at = "Last changed"
firm_id = "Partner ID"
customer_id = "Account ID"
is_government = "customers.Sector"
product_id = "Product"
revenue_type = "products.Billing"
quantity = "Seats"
amount = "Contract value"
list_price = "List value"
margin = "Margin"
mrr = "Monthly value"
term_months = "Months"
currency = "Currency"

[constants]
kind = "deal_won"

[status]
column = "Stage"
{words}

[shares]
payee = "Seller ID"

[products]
file = "products"
column = "Product"

[words]
yes = ["Public"]
no = ["Private"]

[payees]
file = "payees"
payee_id = "Seller ID"
name = "Name"
firm_id = "Partner ID"
role = "Role"
tier = "Level"
region = "Area"
segment = "Segment"
from = "Joined"
before = "Gone on"
"""


def mapping_text(setting: MarketSetting) -> str:
    """Return the mapping file (TOML) for exports of a market of this setting."""
    words = "\n".join(
        f'{STATUS_WORDS[code]} = ["{stage}"]' for code, stage in STAGES.items()
    )
    return _MAPPING.format(source=CRM_SOURCE, zone=setting.zone, words=words)
