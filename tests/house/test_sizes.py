"""Can one person keep a module in mind?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from house.sources import python_files, shown, text_of, tree_of

MODULE_LINES = 400
FUNCTION_LINES = 60


def long_modules(texts: dict[str, str]) -> list[str]:
    counts = {name: len(text.splitlines()) for name, text in texts.items()}
    return [
        f"{name}: {count} lines" for name, count in counts.items() if count > MODULE_LINES
    ]


def long_functions(trees: dict[str, ast.Module]) -> list[str]:
    return [
        f"{name}:{node.lineno} {node.name}: {length} lines"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ]


def empty_bodies(trees: dict[str, ast.Module]) -> list[str]:
    return [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in trees.items()
        for node in _concrete(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _does_nothing(node)
    ]


def _concrete(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the node and what is below it, but nothing of a Protocol."""
    if isinstance(node, ast.ClassDef) and any(
        "Protocol" in ast.dump(b) for b in node.bases
    ):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _concrete(child)


def _does_nothing(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    body = [
        one
        for one in node.body
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]
    return len(body) <= 1 and all(
        isinstance(one, ast.Pass)
        or (isinstance(one, ast.Raise) and "NotImplementedError" in ast.dump(one))
        for one in body
    )


ALL = python_files("src", "tests", "benchmarks", "docs")
TREES = {shown(path): tree_of(path) for path in ALL}


def test_modules_are_at_most_400_lines() -> None:
    assert long_modules({shown(path): text_of(path) for path in ALL}) == []


def test_functions_are_at_most_60_lines() -> None:
    assert long_functions(TREES) == []


def test_no_function_of_the_product_does_nothing() -> None:
    product = {name: tree for name, tree in TREES.items() if not name.startswith("tests/")}
    assert empty_bodies(product) == []


def test_the_size_checks_can_fail() -> None:
    long_text = "x = 1\n" * (MODULE_LINES + 1)
    assert long_modules({"a.py": long_text, "b.py": "x = 1\n"}) == ["a.py: 401 lines"]
    body = "    x = 1\n" * FUNCTION_LINES
    planted = ast.parse(f"def f():\n{body}\ndef g():\n    return 1\n")
    assert long_functions({"a.py": planted}) == ["a.py:1 f: 61 lines"]
    stubs = ast.parse(
        'def f():\n    """Later."""\n\n'
        "def g():\n    raise NotImplementedError\n\n"
        "def h():\n    return 1\n\n"
        "class P(Protocol):\n    def k(self): ...\n"
    )
    assert empty_bodies({"a.py": stubs}) == ["a.py:1 f", "a.py:4 g"]
