"""The worked example of the documentation, as text and as a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from casework.programmes.definition import Programme
from casework.programmes.loader import BUILT_IN, load_all

DOCS = Path(__file__).parents[2] / "docs" / "programmes.md"


@pytest.fixture(scope="session")
def safer_homes() -> str:
    """The file that the documentation tells a borough to save."""
    blocks = re.findall(
        r"^```toml\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 1
    return blocks[0]


@pytest.fixture(scope="session")
def programmes() -> Mapping[str, Programme]:
    return load_all([BUILT_IN])


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of a borough and says where it is."""

    def write(text: str | bytes, name: str = "safer_homes.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
