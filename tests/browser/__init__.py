"""The page in a real Chromium. Debian's is looked for; where there is none, these tests are left out, and say so."""

from __future__ import annotations

import shutil

import pytest

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), "")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

# One browser and one server for all, on one loop; one worker has them: see tests/side_by_side.py.
ONE_HOUSE = [
    pytest.mark.skipif(
        not CHROMIUM, reason="no Chromium on this machine: apt-get install --no-install-recommends chromium fonts-noto-core"
    ),
    pytest.mark.asyncio(loop_scope="package"),
]
