"""Opens spoilt files in a process of its own, and says of each how that went.

Run by ``tests.fuzz.campaign``: ``python -m tests.fuzz.worker TARGET SEED FIRST LAST SHARED``.
One line a case: its number, what came of it, CPU seconds, and the peak of memory in megabytes.
"""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from core.errors import OutpostError
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds

Target = Callable[[bytes], None]


def open_all(content: bytes) -> None:
    """Open a file and decode every frame of it."""
    from core.imaging.opening import open_study
    from core.imaging.rendering import render

    study = open_study(content)
    for number in range(min(len(study.frames), 8)):
        render(study.frames[number])


def take_the_patient_out(content: bytes) -> None:
    """De-identify it, whichever way fits."""
    from core.imaging.deidentification.files import deidentify
    from core.imaging.deidentification.identity import Replacement
    from core.imaging.deidentification.pictures import deidentify_picture
    from core.imaging.sniffing import HEAD_BYTES, FileKind, sniff

    if sniff(content[:HEAD_BYTES]) is FileKind.DICOM:
        deidentify(content, Replacement(b"k" * 32, lambda _code: "P"))
    else:
        deidentify_picture(content)


def take_the_writing_out(content: bytes) -> None:
    """The same with a box made black in every frame, which decodes what is coded."""
    from core.imaging.deidentification.files import deidentify
    from core.imaging.deidentification.identity import Replacement
    from core.imaging.deidentification.masking import Decided, Masking
    from core.imaging.deidentification.pictures import deidentify_picture
    from core.imaging.lettering.boxes import Box
    from core.imaging.sniffing import HEAD_BYTES, FileKind, sniff

    masking = Masking((Box(2, 2, 60, 20),), Decided.BY_DETECTOR)
    if sniff(content[:HEAD_BYTES]) is FileKind.DICOM:
        deidentify(content, Replacement(b"k" * 32, lambda _code: "P"), masking=masking)
    else:
        deidentify_picture(content, masking)


def read_the_study_it_is_of(content: bytes) -> None:
    from core.reporting.dicom.context import context_of

    context_of([content])


TOGETHER = (open_all, take_the_patient_out, take_the_writing_out, read_the_study_it_is_of)


def everything(content: bytes) -> None:
    """All of it; the error is that of opening, where there is one."""
    errors: list[OutpostError | None] = []
    for target in TOGETHER:
        try:
            target(content)
        except OutpostError as error:
            errors.append(error)
        else:
            errors.append(None)
    if errors[0] is not None:
        raise errors[0]


# Faults on purpose, by which the tests see that a campaign finds such.


def raises_anything(_: bytes) -> None:
    raise KeyError("PatientName")


def never_ends(_: bytes) -> None:
    while True:
        pass


def eats_memory(_: bytes) -> None:
    sys.modules["eaten"] = bytearray(b"x" * 1_300_000_000)  # type: ignore[assignment]


def dies(_: bytes) -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSEGV)


TARGETS: dict[str, Target] = {
    each.__name__: each for each in (everything, raises_anything, never_ends, eats_memory, dies)
}


def outcome(target: Target, content: bytes) -> str:
    """``ok``, the code of our error, or ``!`` and the type of one that is none of ours."""
    try:
        target(content)
    except OutpostError as error:
        return error.code
    except BaseException as error:  # noqa: BLE001 (what is looked for)
        return f"!{type(error).__name__}"
    return "ok"


def main() -> None:
    name, seed, first, last, shared = sys.argv[1:]
    target, files = TARGETS[name], seeds(Path(shared) if shared else None)
    warnings.simplefilter("ignore")
    # Beyond this the machine would suffer; a campaign complains much earlier.
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    for number in range(int(first), int(last)):
        sys.stdout.write(f"{number} ")
        sys.stdout.flush()
        content = mutated(files, int(seed), number)
        begun = time.process_time()
        said = outcome(target, content)
        spent = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(f"{said} {spent:.3f} {peak}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
