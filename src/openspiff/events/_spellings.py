"""Under which names do other systems keep what an event, a roster or a rate says?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SPELLINGS: Final[Mapping[str, str]] = {
    # Field -> column names without case, marks and spaces, most telling first.
    "event_id": "eventid dealid opportunityid orderid invoiceid transactionid ordernumber"
    " invoicenumber orderno opportunity auftrag auftragsnummer pedido commande id number"
    " dealnumber dealno reference belegnummer nr key",
    "occurred_at": "closedate closeddate dateclosed wondate occurredat occurredon eventdate"
    " dealdate orderdate invoicedate bookingdate solddate saledate date datum fecha day"
    " abschlussdatum datecommande activationdate",
    "recorded_at": "recordedat modifiedat lastmodified lastmodifieddate updatedat updated"
    " changedat erfasst systemmodstamp createdat created",
    "payee": "payeeid payee repid rep repname salesrep salesagent salesperson soldby owner"
    " ownername opportunityowner dealowner agent seller sellerid accountexecutive ae"
    " employeeid verkauf verkaeufer verkaufer vendedor vendeur commercial",
    "firm_id": "firmid firm partnerid partner partnername reseller resellername dealer"
    " channelpartner company agency haendler handler socio partenaire",
    "customer_id": "customerid customer customername accountid account accountname client"
    " clientid kunde kundennummer cliente enduser buyer",
    "product_id": "productid product productname sku item itemid itemname article artikel"
    " producto produit productcode",
    "amount": "amount closevalue dealvalue dealamount value total totalamount netamount net"
    " revenue price sales betrag umsatz importe montant acv tcv bookings",
    "margin": "margin grossmargin grossprofit profit gp marge",
    "mrr": "mrr monthlyrecurringrevenue monthlyrevenue",
    "quantity": "quantity qty units seats menge anzahl cantidad quantite",
    "term_months": "termmonths contractmonths contractterm term months laufzeit",
    "currency": "currency currencycode currencyisocode waehrung moneda devise",
    "status": "status dealstage stage stagename state dealstatus opportunitystage"
    " orderstatus phase estado statut",
    "kind": "eventtype eventkind kind type",
    "is_government": "isgovernment government publicsector isgov",
    "is_new_customer": "isnewcustomer newcustomer newlogo isnew",
    "revenue_type": "revenuetype dealtype opportunitytype businesstype",
    "subject_id": "subjectid dealid parentid opportunityid",
    "revision": "revision version rev",
    # A roster, products and rates.
    "payee_id": "payeeid payee repid rep employeeid userid id salesagent salesrep email"
    " salesperson seller agent name",
    "name": "name fullname payeename repname displayname productname product description"
    " employee title",
    "role": "role jobtitle title position funktion",
    "tier": "tier level partnertier grade stufe",
    "region": "region regionaloffice territory area office gebiet",
    "segment": "segment vertical channel team",
    "from": "from fromdate startdate start validfrom hiredate since ab von date day datum"
    " effectivedate",
    "before": "before firstdayafter",
    "until": "until enddate end validto validuntil to leavedate bis todate",
    "from_currency": "fromcurrency from base basecurrency currency sourcecurrency source",
    "to_currency": "tocurrency to quote quotecurrency target targetcurrency",
    "rate": "rate exchangerate fxrate kurs value conversionrate",
}

STATUS_SPELLINGS: Final[Mapping[str, str]] = {
    "done": "done won closedwon paid delivered completed complete active activated"
    " approved sold closed invoiced gewonnen geliefert bezahlt ganado gagne fulfilled",
    "lost": "lost closedlost rejected declined expired verloren perdido perdu noanswer",
    "cancelled": "cancelled canceled refunded returned void voided reversed storniert"
    " cancelado annule churned chargeback",
    "open": "open prospecting engaging new pending inprogress qualified negotiation"
    " proposal draft offen abierto ouvert quoted working registered",
}

DATE_FORMATS: Final = (
    "ISO",
    *("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%Y/%m/%d"),
    *("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%m-%d-%Y"),
    *("%d-%m-%Y", "%Y%m%d", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M"),
    *("%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"),
    "%m/%d/%Y %I:%M %p",
)
"""How dates are written, those that are tried first first."""

MONEY_WAYS: Final = (
    *((".", ""), (".", ","), (",", "."), (",", ""), (",", " "), (".", "'"), (",", "'")),
    (".", " "),
)
"""Decimal mark and mark of thousands, those that are tried first first."""

SIGNS: Final[Mapping[str, str]] = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
