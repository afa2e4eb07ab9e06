"""The networks of these tests are tiny: on a machine that others use too, two threads wait for each
other longer than one computes. Read by PyTorch when it is imported."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
