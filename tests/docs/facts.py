"""What the program has, as the documents have to tell it."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from uuid import UUID

from docs.documents import ROOT
from tokenhouse import faces
from tokenhouse.boundary import Face
from tokenhouse.demo import device_files, environments, start_page, systems
from tokenhouse.demo.environments import kept, page
from tokenhouse.faces import broker, health, reference
from tokenhouse.openapi import document

SOURCE = ROOT / "src" / "tokenhouse"
FILES = sorted(SOURCE.rglob("*.py"))


def module_of(path: Path) -> ModuleType:
    """The module that a file of the package is."""
    return import_module(f"tokenhouse.{name_of(path)}" if name_of(path) else "tokenhouse")


def name_of(path: Path) -> str:
    """The name of a file's module within the package."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def tree_of(path: Path) -> ast.Module:
    """A file of the package, parsed."""
    return ast.parse(path.read_text("utf-8"))


def all_faces() -> tuple[Face, ...]:
    """Every face there is: each folder of `faces`, and those of the demo."""
    folders = sorted(Path(faces.__path__[0]).glob("*/__init__.py"))
    modules = [module_of(folder) for folder in folders]
    made = {broker, health, reference}
    return (
        *(module.FACE for module in modules if module not in made),
        *broker.FACES,
        reference.face(document((), "http://localhost:8080")),
        health.face(lambda: None),
        systems.FACE,
        environments.FACE,
        device_files.FACE,
        page.face("http://localhost:8080", kept.Environments(), UUID(int=0)),
        start_page.face("http://localhost:8080", start_page.visitors(lambda _: "password"), None),
    )


def shape(path: str) -> str:
    """A path with its parameters made alike, without query and fragment."""
    return re.sub(r"\{\w+\}", "{}", path.partition("?")[0])


def routes() -> set[tuple[str, str]]:
    """Every method with the shape of its path, but for the files that pages load."""
    return {
        (route.method, shape(route.path))
        for face in all_faces()
        for route in face.routes
        if not route.path.startswith("/console/static/")
    }


def used_events() -> set[str]:
    """The members of `Name` that something outside of their own file mentions."""
    return {
        node.attr
        for path in FILES
        if name_of(path) != "core.events"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Name"
    }


def defined_names() -> Iterator[tuple[str, str]]:
    """Every file, class and function with where it stands."""
    for path in FILES:
        yield name_of(path), path.stem
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield name_of(path), node.name


def numbers(path: Path) -> Iterator[tuple[str, str]]:
    """The public numbers of a module by name, with the expression that gives them."""
    module = module_of(path)
    for node in tree_of(path).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            value = getattr(module, node.target.id)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if is_number and not node.target.id.startswith("_"):
                yield node.target.id, ast.unparse(node.value)
