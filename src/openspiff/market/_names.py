"""What are the made-up firms, people and customers called?

Every word is from our own lists; nobody that exists is meant.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from openspiff.market._types import Texts


def _listed(text: str) -> list[str]:
    """Return the words of a comma-separated text, a newline being a space."""
    return [word.strip() for word in " ".join(text.split()).split(",") if word.strip()]


_GIVEN: Final = _listed(
    """
    Ada, Alba, Amir, Anil, Anouk, Arlo, Asta, Beno, Bruna, Caio, Cleo, Dara, Dilan,
    Edda, Elio, Emre, Enzo, Fadi, Fenna, Freya, Gael, Gwen, Hana, Hugo, Idris, Ines,
    Ivo, Jana, Jonas, Juno, Kaia, Kofi, Lars, Leni, Lior, Lucia, Malik, Mara, Milo,
    Mina, Nadia, Nils, Nora, Odin, Oona, Otto, Pia, Priya, Quinn, Rafa, Rhea, Rosa,
    Samir, Selma, Sven, Tala, Theo, Tomas, Una, Uri, Vera, Wim, Yara, Zeno
    """
)
_FIRST: Final = _listed(
    """
    Ash, Birch, Brook, Clay, Coal, Copper, Dale, Elm, Fern, Field, Flint, Ford, Gale,
    Glen, Grove, Hart, Haven, Hazel, Heath, Holt, Kel, Lark, Linden, Marl, Mill, Moss,
    Oak, Pine, Quarry, Reed, Ridge, Rowan
    """
)
_LAST: Final = _listed(
    """
    bourne, bridge, brook, bury, combe, cott, dale, den, fell, field, ford, gate, grave,
    ham, hurst, land, ley, low, mark, mere, more, pool, stead, stock, stone, ton, wald,
    ward, well, wick, wood, worth
    """
)
_FIRM_FIRST: Final = _listed(
    """
    Amber, Beacon, Blue, Bright, Canyon, Cedar, Clear, Cobalt, Delta, Ember, Granite,
    Harbor, Iron, Juniper, Kestrel, Lantern, Maple, Meridian, North, Orchard, Pebble,
    Prairie, Quartz, River, Saddle, Silver, Summit, Tidal, Timber, Valley, Willow,
    Zephyr
    """
)
_FIRM_SECOND: Final = _listed(
    """
    bay, bell, cove, crest, fall, gate, grove, hill, lake, line, mesa, peak, point,
    reach, stone, trail
    """
)
_FIRM_KIND: Final = _listed(
    """
    Telecom Partners, Networks, Systems, IT Group, Communications, Technology,
    Voice & Data, Solutions
    """
)
_CUSTOMER_KIND: Final = _listed(
    """
    Bakery, Clinic, Logistics, Dental, Foods, Legal, Motors, Press, School, Studio,
    Supply, Tools, Transit, Veterinary, Works, Yards
    """
)
_GOVERNMENT_KIND: Final = _listed(
    """
    County Office, City Library, Water District, School Board
    """
)
_STEP: Final = 7_919  # a prime beyond every list's length: spreads neighbors apart


def _mixed(number: int, size: int) -> int:
    """Return a place in 0..size-1 that differs for each number below `size`."""
    step = _STEP
    while np.gcd(step, size) != 1:
        step += 1
    return (number * step + 11) % size


def _words(number: int, *lists: list[str]) -> list[str]:
    size = 1
    for one in lists:
        size *= len(one)
    place = _mixed(number % size, size)
    found = []
    for one in lists:
        place, index = divmod(place, len(one))
        found.append(one[index])
    return found


def payee_name(number: int) -> str:
    """Return the made-up name of the payee with this number (from 0).

    The first 65,000 or so differ from one another; then they come again.
    """
    given, first, last = _words(number, _GIVEN, _FIRST, _LAST)
    return f"{given} {first}{last}"


def firm_name(number: int) -> str:
    """Return the made-up name of the firm with this number (from 0)."""
    first, second, kind = _words(number, _FIRM_FIRST, _FIRM_SECOND, _FIRM_KIND)
    return f"{first}{second} {kind}"


def customer_name(number: int, *, is_government: bool) -> str:
    """Return the made-up name of the customer with this number (from 0)."""
    kinds = _GOVERNMENT_KIND if is_government else _CUSTOMER_KIND
    first, last, kind = _words(number, _FIRST, _LAST, kinds)
    return f"{first}{last} {kind}"


def id_width(count: int) -> int:
    """Return how many digits ids have when there are `count` of them; 4 at least."""
    return max(4, len(str(count)))


def codes(prefix: str, count: int) -> Texts:
    """Return the ids `prefix`-0001, -0002, ... as an array of `count` texts."""
    width = id_width(count)
    made: list[Any] = [f"{prefix}-{number:0{width}d}" for number in range(1, count + 1)]
    return np.array(made, dtype=object)
