"""What does the client know of the API? Writes its shapes and operations, or checks them.

python docs/make_client.py            write the modules
python docs/make_client.py --check    exit 1 and name the modules that would change

They come from the OpenAPI document that the server answers, so that what the client says is
typed as what the server takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "src" / "openspiff" / "client"
NOTE = "Written from the schema by `python docs/make_client.py`: change the API, not this."
PREFIX = "/api/v1"
# Pages are followed and problems are raised: neither is ever handed to a caller.
_INNER = ("Page_", "Problem")
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_WIDTH = 88


def shape_modules(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the modules of every shape that is sent or answered, one a topic."""
    schemas = document["components"]["schemas"]
    topics = {
        name: topic
        for name, topic in sorted(_topics(document).items())
        if not name.startswith(_INNER)
    }
    found = {"__init__": _offered(topics)}
    for topic in sorted(set(topics.values())):
        names = [name for name, one in topics.items() if one == topic]
        used = {one for name in names for one in _used(schemas[name])} - set(names)
        imports = [f"from ._{topics[one]} import {one}" for one in sorted(used)]
        head = f'''"""Which shapes has the API for {topic.replace("_", " ")}?

{NOTE}
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import attrs

{chr(10).join(imports)}
'''
        shapes = [_shape(name, schemas[name]) for name in names]
        found[f"_{topic}"] = "\n\n".join([head.rstrip() + "\n", *shapes])
    return {f"shapes/{name}.py": text for name, text in found.items()}


def _offered(topics: Mapping[str, str]) -> str:
    lines = [f"from ._{topic} import {name} as {name}" for name, topic in topics.items()]
    return f'''"""Which shapes does the API send and take?

{NOTE}
"""

{chr(10).join(lines)}
'''


def _topics(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the topic of every shape: that of the first call which sends or answers it."""
    found: dict[str, str] = {}
    for methods in document["paths"].values():
        for details in methods.values():
            waiting = [*_used(details)]
            while waiting:
                name = waiting.pop()
                if name not in found:
                    found[name] = details["tags"][0].replace(" ", "_")
                    waiting += _used(document["components"]["schemas"][name])
    return found


def _used(value: Any) -> set[str]:
    """Return the names of the shapes that are named anywhere in a part of the document."""
    if isinstance(value, dict):
        named = {type_of(value)} if isinstance(value.get("$ref"), str) else set()
        return named.union(*map(_used, value.values()))
    if isinstance(value, list):
        return set().union(*map(_used, value))
    return set()


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    said = " ".join(schema.get("description", f"{name}.").split())
    lines = ["@attrs.frozen(kw_only=True)", f"class {name}:"]
    lines += textwrap.wrap(
        f'"""{said}"""', _WIDTH, initial_indent="    ", subsequent_indent="    "
    )
    lines.append("")
    required = schema.get("required", [])
    for field, one in schema.get("properties", {}).items():
        default = ""
        if field not in required:
            default = f" = {_default(one)}"
        elif one.get("writeOnly"):  # a secret: it stands in no log
            default = " = attrs.field(repr=False)"
        lines.append(f"    {field}: {type_of(one)}{default}")
    return "\n".join(lines) + "\n"


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    if isinstance(value, list):
        return "()"
    if isinstance(value, dict):
        return "attrs.field(factory=dict)"
    return repr(value)


def type_of(schema: Mapping[str, Any]) -> str:  # noqa: C901, PLR0911 (one line a kind)
    """Return a schema as an annotation of Python; raises ValueError for what is new."""
    match schema:
        case {"$ref": str(ref)}:
            return ref.rsplit("/", 1)[1]
        case {"anyOf": list(kinds)}:
            return " | ".join(dict.fromkeys(type_of(one) for one in kinds))
        case {"enum": list(values)}:
            return f"Literal[{', '.join(map(repr, values))}]"
        case {"const": value}:
            return f"Literal[{value!r}]"
        case {"type": "null"}:
            return "None"
        case {"type": "string", "format": "date"}:
            return "dt.date"
        case {"type": str(kind)} if kind in _PLAIN:
            return _PLAIN[kind]
        case {"type": "array", "prefixItems": list(kinds)}:
            return f"tuple[{', '.join(map(type_of, kinds))}]"
        case {"type": "array"}:
            return f"tuple[{type_of(schema.get('items', {}))}, ...]"
        case {"type": "object", "additionalProperties": dict(inner)}:
            return f"dict[str, {type_of(inner)}]"
        case {"type": "object"}:
            return "dict[str, Any]"
        case _ if "type" not in schema:
            return "Any"
    message = f"no annotation for {schema}"
    raise ValueError(message)


def operations_module(document: Mapping[str, Any]) -> str:
    """Return the module of every operation, as the client needs to know it."""
    rows = [
        _operation(path, method, details)
        for path, methods in document["paths"].items()
        for method, details in methods.items()
    ]
    return f'''"""What can be asked of the API, where, and what does it answer?

{NOTE}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from . import shapes


@attrs.frozen
class Operation:
    """One call: where it stands, what it answers (None: a file), and what it asks for.

    `is_page` says that there may be further pages, `needs_match` that it changes what was
    read before.
    """

    method: str
    path: str
    answer: type | None
    scope: str
    is_page: bool = attrs.field(default=False, kw_only=True)
    needs_match: bool = attrs.field(default=False, kw_only=True)


OPERATIONS: Final[Mapping[str, Operation]] = {{
{"".join(rows)}}}
"""Every operation by its name."""
'''


def _operation(path: str, method: str, details: Mapping[str, Any]) -> str:
    answer, is_page = _answer(details)
    asked = {one["name"] for one in details["parameters"] if one["in"] == "header"}
    words = [
        f'"{method.upper()}"',
        f'"{path.removeprefix(PREFIX)}"',
        answer,
        f'"{details["security"][0]["token"][0]}"',
        *(["is_page=True"] if is_page else []),
        *(["needs_match=True"] if "If-Match" in asked else []),
    ]
    return f'    "{details["operationId"]}": Operation({", ".join(words)}),\n'


def _answer(details: Mapping[str, Any]) -> tuple[str, bool]:
    """Return what a call answers when all went well, and whether that is one page."""
    good = next(one for code, one in details["responses"].items() if code[0] == "2")
    schema = good.get("content", {}).get("application/json", {}).get("schema", {})
    items = schema.get("properties", {}).get("items", {}).get("items", {})
    if "anyOf" in items:
        return f"shapes.{type_of(items['anyOf'][0])}", True
    if "$ref" in schema:
        return f"shapes.{type_of(schema)}", False
    return "None", False


def modules() -> dict[str, str]:
    """Return the text of every module, formatted, by its file name."""
    with tempfile.TemporaryDirectory() as folder:
        # The document needs no workspace; what the settings make stays out of the checkout.
        os.environ.setdefault("OPENSPIFF_HOME", folder)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openspiff.web.settings")
        import django  # noqa: PLC0415 (only here)

        django.setup()
        from openspiff.web.api import schema_document  # noqa: PLC0415 (needs django)

        document = schema_document()
    texts = {"_operations.py": operations_module(document), **shape_modules(document)}
    return {name: _formatted(text) for name, text in texts.items()}


def _formatted(text: str) -> str:
    ruff = Path(sys.executable).parent / "ruff"
    for line in (
        ["check", "--quiet", "--fix-only", "--select=F401,I001", "-"],
        ["format", "-"],
    ):
        command = [str(ruff), *line, "--stdin-filename", str(CLIENT / "_made.py")]
        text = subprocess.run(  # noqa: S603 (our own tool)
            command, input=text, capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
    return text


def stale() -> Iterator[str]:
    """Yield the names of the modules that are not as they would be written."""
    written = modules()
    for path in (CLIENT / "shapes").glob("*.py"):
        if f"shapes/{path.name}" not in written:
            yield f"shapes/{path.name}"
    for name, text in written.items():
        path = CLIENT / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield name


def main(arguments: Sequence[str]) -> int:
    """Write the modules, or with --check say which of them are stale."""
    if "--check" in arguments:
        found = list(stale())
        for name in found:
            print(f"src/openspiff/client/{name} is stale: python docs/make_client.py")
        return 1 if found else 0
    written = modules()
    for path in (CLIENT / "shapes").glob("*.py"):
        path.unlink()
    for name, text in written.items():
        (CLIENT / name).parent.mkdir(exist_ok=True)
        (CLIENT / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
