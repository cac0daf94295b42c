"""What the tools find in the source; pyproject.toml has their settings, with reasons for the exceptions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--no-fix", "."], id="ruff"),
        pytest.param(["mypy", "--no-error-summary"], id="mypy"),
        pytest.param(["pip", "--disable-pip-version-check", "check"], id="requirements"),
        pytest.param(["djlint", "--lint", "--quiet", "templates"], id="djlint"),
    ],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    program, *arguments = command

    found = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments], cwd=ROOT, capture_output=True, text=True
    )

    assert found.returncode == 0, found.stdout + found.stderr
