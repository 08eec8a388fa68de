"""Is a product known, and if not, which one may be meant?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from openspiff.errors import Problem
from openspiff.events._cells import Failure, read_text
from openspiff.events._mapping import EventMapping, ProductRule, Unmapped
from openspiff.events._result import UnmappedProduct
from openspiff.events._section import did_you_mean
from openspiff.events._tables import EventFileError


class ProductReader:
    """Reads the name of a product as its id; counts those that nobody listed."""

    def __init__(self, mapping: EventMapping, listed: Mapping[str, str]) -> None:
        """Know the products of the mapping and those `listed` in its product file.

        `listed` gives the text of each one's list price, empty where there is none.
        Raises EventFileError when an alias stands for a product that is not known.
        """
        self.rule = mapping.products or ProductRule()
        self.known = frozenset(listed) | frozenset(self.rule.ids)
        self.list_prices = {name: text for name, text in listed.items() if text}
        self.counts: Counter[str] = Counter()
        problems = [
            Problem(
                f"{mapping.place} products.aliases",
                f"{alias!r} stands for {one!r}, which is not listed",
                did_you_mean(one, self.known),
            )
            for alias, one in self.rule.aliases.items()
            if self.known and one not in self.known
        ]
        if problems:
            message = f"the product aliases of {mapping.place} do not fit its products"
            raise EventFileError(message, problems)

    def __call__(self, text: str) -> str | Failure:
        """Return the product's id, empty when none is named."""
        read = read_text(text)
        if isinstance(read, Failure) or not text:
            return read
        if text in self.rule.refused:
            return Failure("the mapping refuses this product", "see products.refused")
        one = self.rule.aliases.get(text, text)
        if self.known and one not in self.known:
            self.counts[text] = 0
            if self.rule.unmapped is Unmapped.REJECT:
                remedy = f"add {text!r} to [products.aliases] or to the products"
                closest = self.closest(text)
                hint = f"did you mean {closest!r}? {remedy}" if closest else remedy
                return Failure("the product is neither listed nor an alias", hint)
        return one

    def count(self, texts: Sequence[str]) -> None:
        """Count the rows that name a product nobody listed."""
        if self.counts:
            found = Counter(texts)
            for name in self.counts:
                self.counts[name] += found.get(name, 0)

    def closest(self, name: str) -> str:
        """Return the known product whose name is closest, or an empty text."""
        folded = {one.casefold().replace(" ", ""): one for one in sorted(self.known)}
        plain = name.casefold().replace(" ", "")
        close = get_close_matches(plain, folded, n=1, cutoff=0.6)
        return folded[close[0]] if close else ""

    def unmapped(self) -> tuple[UnmappedProduct, ...]:
        """Return every unknown product with its count and the closest, most rows first."""
        return tuple(
            UnmappedProduct(name, count, self.closest(name))
            for name, count in self.counts.most_common()
        )
