"""Catalogues in gettext's PO format: read, and written again after the English has changed.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html. The app reads these files
as they are: nothing is compiled, so nothing can be stale.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Marks an entry that a clinician who speaks the language must review.
CLINICAL = "clinical"
_REVIEWED = "reviewed: "


@dataclass
class Message:
    """One entry. ``english`` holds one form or two, ``translated`` none or all that the language
    has. ``reviewed``: by which clinician, "" for nobody. ``remarks`` are the translator's."""

    english: tuple[str, ...]
    translated: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    clinical: bool = False
    reviewed: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def is_translated(self) -> bool:
        return bool(self.translated) and all(self.translated)


@dataclass
class PoFile:
    """A catalogue. ``head`` holds its header's fields, ``remarks`` the comments above it."""

    head: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    messages: list[Message] = field(default_factory=list)


def parse(text: str) -> PoFile:
    """Read a catalogue. Raises ValueError or TypeError for a line that is none of PO's."""
    parsed = PoFile()
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        message = _message(lines)
        if message.english == ("",):
            parsed.head = _head("".join(message.translated))
            parsed.remarks = message.remarks
        elif any(message.english):
            parsed.messages.append(message)
    return parsed


def _message(lines: Iterable[str]) -> Message:
    message = Message(())
    strings: dict[str, str] = {}
    keyword = ""
    remarks: list[str] = []
    for line in lines:
        if line.startswith("#:"):
            message.places += tuple(line[2:].split())
        elif line.startswith("#."):
            message.clinical = message.clinical or line[2:].strip() == CLINICAL
        elif line.startswith("#"):
            remark = line[1:].strip()
            if remark.startswith(_REVIEWED):
                message.reviewed = remark.removeprefix(_REVIEWED)
            else:
                remarks.append(remark)
        elif line.startswith("msg"):
            keyword, quoted = line.split(" ", 1)
            strings[keyword] = _unquoted(quoted)
        else:
            strings[keyword] += _unquoted(line)
    one, many = strings.pop("msgid", ""), strings.pop("msgid_plural", None)
    message.english = (one,) if many is None else (one, many)
    message.translated = tuple(strings.values())
    message.remarks = tuple(remarks)
    return message


def _unquoted(quoted: str) -> str:
    """A PO string is written as C writes it, and Python reads all of it that we use."""
    value = ast.literal_eval(quoted.strip())
    if not isinstance(value, str):
        raise TypeError(f"not a string: {quoted}")
    return value


def _head(text: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def written(catalogue: PoFile) -> str:
    """The catalogue as a file: one line for each string, so that a change is one line."""
    lines = [_comment(remark) for remark in catalogue.remarks]
    lines += ['msgid ""', 'msgstr ""']
    lines += [_quoted(f"{name}: {value}\n") for name, value in catalogue.head.items()]
    blocks = ["\n".join(lines), *map(_block, catalogue.messages)]
    return "\n\n".join(blocks) + "\n"


def _block(message: Message) -> str:
    lines = [_comment(remark) for remark in message.remarks]
    if message.reviewed:
        lines.append(f"# {_REVIEWED}{message.reviewed}")
    if message.clinical:
        lines.append(f"#. {CLINICAL}")
    lines += [f"#: {place}" for place in message.places]
    lines.append(f"msgid {_quoted(message.english[0])}")
    if len(message.english) == 1:
        lines.append(f"msgstr {_quoted(''.join(message.translated[:1]))}")
    else:
        lines.append(f"msgid_plural {_quoted(message.english[1])}")
        forms = message.translated or ("",)
        lines += [f"msgstr[{at}] {_quoted(form)}" for at, form in enumerate(forms)]
    return "\n".join(lines)


def _comment(remark: str) -> str:
    return f"# {remark}".rstrip()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
