"""Fields to type into, with what was typed at hand at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flet as ft

from ui import vault_words
from ui.components.icon_button import icon_button


@dataclass(eq=False, repr=False)
class Typed:
    """What stands in a field.

    A tap may come before the screen is drawn anew for the last letter: whoever reads ``text``
    then has that letter already, and a value caught by an older drawing would not.

    Flet first puts what was typed into the control, and then tells of it. A drawing between the
    two must not put back the text from before: that would empty the field under a person's hands.
    """

    _text: str
    _draw: Callable[[str], None]
    _field: ft.TextField | None = None
    #: Of the value in the field, what ``text`` knows already.
    _known: str = ""

    @property
    def text(self) -> str:
        """The newest: what the field holds already counts, told of or not."""
        if self._field and self._field.value != self._known:
            return self._field.value
        return self._text

    def put(self, text: str) -> None:
        self._known = self._field.value if self._field else ""
        self._text = text
        self._draw(text)

    def drawn(self, field: ft.TextField) -> ft.TextField:
        """``field``, holding the newest text."""
        self._text = field.value = self._known = self.text
        self._field = field
        return field


def use_typed(start: str = "") -> Typed:
    """A hook: the same ``Typed`` at every drawing of a component."""
    _, draw = ft.use_state(start)
    return ft.use_ref(lambda: Typed(start, draw)).current


def secret_field(
    label: str, typed: Typed, on_submit: Callable[[], object] | None = None, error: str = ""
) -> ft.Control:
    """For a PIN or a passphrase. What is typed is never kept in the app's state."""
    return _SecretField(label, typed, typed.text, on_submit, error, key=f"secret-{label}")


@ft.component
def _SecretField(  # noqa: N802 - a component
    label: str, typed: Typed, text: str, on_submit: Callable[[], object] | None, error: str
) -> ft.Control:
    """Covered, with an eye to uncover it: five words are hard to type blindly. ``text`` is what
    stands in it: another one draws it anew."""
    shown, set_shown = ft.use_state(False)
    eye = icon_button(
        ft.Icons.VISIBILITY_OFF_OUTLINED if shown else ft.Icons.VISIBILITY_OUTLINED,
        (vault_words.HIDE if shown else vault_words.SHOW).format(what=label.lower()),
        lambda: set_shown(not shown),
    )
    field = ft.TextField(
        label=label,
        error=error or None,
        error_max_lines=3,
        password=not shown,
        suffix_icon=eye,
        autocorrect=False,
        enable_suggestions=False,
        on_change=lambda event: typed.put(event.control.value),
        on_submit=on_submit,
    )
    return typed.drawn(field)


def plain_field(
    label: str,
    typed: Typed,
    on_submit: Callable[[], object] | None = None,
    *,
    error: str = "",
    lines: int = 1,
) -> ft.Control:
    """A line of text, or a few."""
    field = ft.TextField(
        label=label,
        error=error or None,
        error_max_lines=3,
        autocorrect=False,
        multiline=lines > 1,
        min_lines=lines if lines > 1 else None,
        max_lines=2 * lines if lines > 1 else 1,
        on_change=lambda event: typed.put(event.control.value),
        on_submit=on_submit,
    )
    return typed.drawn(field)


def number_field(
    label: str, typed: Typed, on_submit: Callable[[], object] | None = None, error: str = ""
) -> ft.Control:
    """A number of a few digits, as wide as its row allows."""
    field = ft.TextField(
        label=label,
        error=error or None,
        keyboard_type=ft.KeyboardType.NUMBER,
        max_length=5,
        expand=True,
        on_change=lambda event: typed.put(event.control.value),
        on_submit=on_submit,
    )
    return typed.drawn(field)
