"""The house rules that the source itself can show: who may import whom, and what is never committed."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path.relative_to(ROOT).with_suffix("") for path in ROOT.glob("casework/**/*.py"))
LARGEST_BYTES = 100_000

# A module imports from its own floor or a lower one.
WORDS, SHAPES, RULES, ACTS, EDGES, ASSEMBLY = range(6)
FLOOR_OF_PACKAGE = {"crypto": WORDS, "forms": WORDS, "programmes": WORDS, "api": EDGES, "web": EDGES}
FLOOR_OF_MODULE = {
    "config": WORDS,
    "extensions": WORDS,
    "errors": WORDS,
    "pdf": WORDS,
    "access.vocabulary": WORDS,
    "accounts.passwords": WORDS,
    "audit.events": WORDS,
    "statistics.disclosure": WORDS,
    "statistics.periods": WORDS,
    "access.policy": RULES,
    "audit.trail": RULES,
    "cli": ASSEMBLY,
    "": ASSEMBLY,
}
FLOOR_OF_NAME = {
    "models": SHAPES,
    "schemas": SHAPES,
    "exports": SHAPES,
    "charts": SHAPES,
    "routes": EDGES,
}
# What has no line above acts: doors, services (whole, or split by subject), measures, jobs, setting up.

# A feature may import itself, the features listed, and what is no feature but belongs to all.
FEATURES = {
    "accounts": set[str](),
    "people": {"accounts"},
    "cases": {"accounts", "people"},
    "referrals": {"accounts", "people", "cases"},
    "panels": {"accounts", "people", "cases"},
    "statistics": {"accounts", "people", "cases", "referrals", "panels"},
    "home": {"accounts", "people", "cases", "referrals", "panels", "statistics"},
}
# What is no feature: below them all, or above them all. Their floors say what they may import.
BELOW = {"access", "audit", "crypto", "forms", "jobs", "mail", "programmes"}
ABOVE = {"api", "demonstration", "web"}


def floor(module: str) -> int:
    """The floor of a module, named below `casework`: "cases.service", or "" for the package itself."""
    package, _, name = module.partition(".")
    if module in FLOOR_OF_MODULE:
        return FLOOR_OF_MODULE[module]
    if package in FLOOR_OF_PACKAGE:
        return FLOOR_OF_PACKAGE[package]
    return FLOOR_OF_NAME.get(re.split(r"[._]", name)[-1], ACTS)  # list_routes are routes too


def name_of(path: PurePosixPath) -> str:
    parts = path.parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(module: str, source: str) -> Iterator[str]:
    """Every module of ours that the source imports, inside functions too, but not for types alone."""
    for node in _run(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from casework.cases import service` names a module; `... import Case` a thing in one.
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if _is_module(name) else str(node.module) for name in whole]
        else:
            continue
        for name in names:
            if name.partition(".")[0] == "casework":
                yield name.partition(".")[2]


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs: a block under TYPE_CHECKING does not."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _run(child)


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path.is_dir() and (path / "__init__.py").exists())


def breaches(module: str, source: str) -> Iterator[str]:
    for imported in imports(module, source):
        if floor(imported) > floor(module):
            yield f"{module} (floor {floor(module)}) imports {imported} (floor {floor(imported)})"
        if floor(module) == EDGES and imported.rpartition(".")[2] in {"models", "extensions"}:
            yield f"{module} is an edge and imports {imported}: it asks a service or a door"
        if not _may_know(module.partition(".")[0], imported.partition(".")[0]):
            yield f"{module} imports {imported}: its feature may not know that one"


def _may_know(package: str, other: str) -> bool:
    if package not in FEATURES or other not in FEATURES:
        return True
    return package == other or other in FEATURES[package]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_imports_only_what_it_may(path: Path) -> None:
    source = (ROOT / path).with_suffix(".py").read_text(encoding="utf-8")

    assert list(breaches(name_of(PurePosixPath(path)), source)) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("errors", "from casework.cases.models import Case"),
        ("cases.models", "def late():\n    from casework.cases import service"),
        ("cases.routes", "from casework.cases.models import Case"),
        ("cases.routes", "from casework import extensions"),
        ("web", "from casework.extensions import db"),
        ("people.service", "from casework.cases.schemas import NewCase"),
        ("referrals.service", "import casework.panels.service"),
        ("access.policy", "from casework.access.doors import requires"),
        ("cases.service", "from casework import create_app"),
    ],
)
def test_breach_is_seen(module: str, source: str) -> None:
    assert list(breaches(module, source))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("cases.service", "from casework.people import service\nfrom casework.cases.models import Case"),
        ("cases.routes", "from casework.cases import service\nfrom casework.access.doors import requires"),
        ("access.vocabulary", "if TYPE_CHECKING:\n    from casework.accounts.models import User"),
        ("home.routes", "from casework.statistics import measures"),
        ("cli", "from casework import create_app"),
    ],
)
def test_allowed_import_is_not_called_a_breach(module: str, source: str) -> None:
    assert list(breaches(module, source)) == []


def test_every_package_is_a_known_one() -> None:
    known = set(FEATURES) | BELOW | ABOVE

    packages = {path.parts[1] for path in MODULES if len(path.parts) > 2}

    assert packages <= known


def test_top_level_holds_only_what_was_agreed() -> None:
    folders = {"casework", "migrations", "templates", "instance", "tests", "docs", "benchmarks", ".ci"}
    files = {
        *("README.md", "Makefile", "setup.cfg", "pyproject.toml", ".gitignore", ".npmrc"),
        *("package.json", "package-lock.json"),
    }

    top = {name.split("/")[0] for name in committed()}

    assert {name for name in top - folders - files if not name.startswith("requirements")} == set()


def test_no_large_file_is_committed() -> None:
    large = {name for name in committed() if (ROOT / name).stat().st_size > LARGEST_BYTES}

    assert large == set()


@pytest.mark.parametrize(
    "pattern",
    [
        # Each machine asks the registry it is set up for. Spelt so that this line is not its own finding.
        r"(registry|pypi|pythonhosted|yarnpkg)[a-z.]*\.(org|com|io)/",
        r"--(extra-)?index-url|--find-links|\"resolved\":",
        # Paths of somebody's own machine.
        r"/(home|Users|root|work)/[A-Za-z]",
    ],
)
def test_no_registry_and_no_machine_is_named(pattern: str) -> None:
    found = [
        f"{name}:{number}"
        for name in committed()
        if name != "tests/test_architecture.py"
        for number, line in enumerate(_lines(ROOT / name), start=1)
        if re.search(pattern, line)
    ]

    assert found == []


def committed() -> list[str]:
    """What git would commit: files it follows, and new ones that it is not told to ignore."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({name for name in names if name and (ROOT / name).is_file()})


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []  # pictures and the like name no registry
