"""What this build is: a development tree, or a release that a publisher has made."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

VERSION = "0.1.0"


class Channel(StrEnum):
    """Where a build comes from. A release trusts no development key."""

    DEVELOPMENT = "development"
    RELEASE = "release"


#: The release workflow rewrites these two lines.
CHANNEL = Channel.DEVELOPMENT
BUILT_ON = date(2026, 11, 23)
