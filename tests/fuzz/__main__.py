"""The long form: ``python -m tests.fuzz [COUNT] [SEED] [FIRST]``. Exits with 1 for any fault."""

from __future__ import annotations

import sys
import time

from tests.fuzz.campaign import ROOT, Findings, campaign, summary

_EVERY = 5000


def main() -> int:
    """100,000 files, unless said otherwise; real ones among them where they are at hand."""
    given = [int(each) for each in sys.argv[1:]]
    count, seed, first = [*given, *(100_000, 1, 0)[len(given) :]]
    shared = ROOT.parent / "shared" / "data" / "dicom" / "files"
    begun, said, named = time.monotonic(), 0, 0

    def told(found: Findings) -> None:
        """Each fault as it comes: who stops a long run early has what it found."""
        nonlocal said, named
        for fault in found.faults[named:]:
            sys.stderr.write(f"{fault}\n")
        named = len(found.faults)
        if found.done // _EVERY > said:
            said = found.done // _EVERY
            sys.stderr.write(f"{found.done} done, {len(found.faults)} faults\n")
        sys.stderr.flush()

    found = campaign(count, seed=seed, first=first, shared=shared, told=told)
    sys.stdout.write(summary(found, begun))
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
