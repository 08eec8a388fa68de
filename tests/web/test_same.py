"""Is what pages show alike rendered once, and nobody shown what is another's?"""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.safestring import mark_safe
from django.utils.translation import override

from openspiff.web.views._same import SameNode


def render(template: Template, **values: Any) -> str:
    return template.render(Context(values))


def kept(template: Template) -> int:
    """Return how many texts a template has kept."""
    (node,) = template.compiled_engine_nodes()
    return len(node._made)  # noqa: SLF001 (nothing else tells)


class Counted(Template):
    """A template that shows its one `same`."""

    def compiled_engine_nodes(self) -> list[SameNode]:
        """Return the nodes of the tag."""
        found: list[SameNode] = self.nodelist.get_nodes_by_type(SameNode)
        return found


def test_text_is_rendered_once_and_what_is_own_each_time() -> None:
    template = Counted("{% same name=name %}<b>{{ name }}</b> {% own mine %}!{% endsame %}")
    assert render(template, name="Sprint", mine="$1") == "<b>Sprint</b> $1!"
    assert render(template, name="Sprint", mine="$2") == "<b>Sprint</b> $2!"
    assert kept(template) == 1
    assert render(template, name="Race", mine="$2") == "<b>Race</b> $2!"
    assert kept(template) == 2


def test_text_sees_nothing_but_what_it_names() -> None:
    template = Template("{% same a=a %}{{ a }}{{ hidden }}{% endsame %}")
    assert render(template, a="x", hidden="of one reader") == "x"


def test_own_stands_where_a_branch_or_a_loop_shows_it() -> None:
    template = Template(
        "{% for one in rows %}{% same is_up=one.is_up %}"
        "{% if is_up %}up {% own one.n %}{% else %}{% own one.m %} down{% endif %};"
        "{% endsame %}{% endfor %}"
    )
    rows = [{"is_up": number % 2 == 0, "n": number, "m": -number} for number in range(4)]
    assert render(template, rows=rows) == "up 0;-1 down;up 2;-3 down;"


@pytest.mark.parametrize("place", ["{{ said }}", "{% own said %}"])
def test_words_are_escaped_unless_they_are_safe(place: str) -> None:
    template = Template(f"{{% same said=said %}}{place}{{% endsame %}}")
    assert render(template, said=mark_safe("<b>")) == "<b>"
    assert render(template, said="<b>") == "&lt;b&gt;"
    assert render(template, said=mark_safe("<b>")) == "<b>"


def test_values_that_are_equal_but_not_alike_are_told_apart() -> None:
    template = Template("{% same n=n %}{{ n }}{% endsame %}")
    assert [render(template, n=n) for n in (1, True, 1.0, "1")] == [
        *("1", "True", "1.0", "1"),
    ]


def test_each_language_has_its_own_text() -> None:
    template = Template("{% same n=1 %}{% get_current_language as l %}{{ l }}{% endsame %}")
    for language in ("en", "de", "en"):
        with override(language):
            assert render(template) == language


@attrs.frozen
class Thing:
    """Something with an attribute and a method."""

    name: str

    def shout(self) -> str:
        """Return the name, loud."""
        return self.name.upper()


def test_own_reads_as_templates_do() -> None:
    thing = Thing("ana")
    template = Template(
        "{% same %}{% own thing.name %} {% own thing.shout %} {% own rows.0 %} "
        "{% own map.items|length %} {% own nothing.there %}.{% endsame %}"
    )
    said = render(template, thing=thing, rows=["first"], map={"a": 1, "b": 2})
    assert said == "ana ANA first 2 ."


def test_only_so_many_texts_are_kept() -> None:
    template = Counted("{% same n=n %}{{ n }}{% endsame %}")
    for number in range(1_500):
        assert render(template, n=number) == str(number)
    assert kept(template) <= 512


@pytest.mark.parametrize(
    "source",
    [
        "{% own x %}",
        "{% same a %}{% endsame %}",
        "{% same %}{% same %}{% endsame %}{% endsame %}",
        "{% same %}{% block x %}{% endblock %}{% endsame %}",
        "{% same %}{% own %}{% endsame %}",
    ],
)
def test_wrong_use_is_refused(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        Template(source)
