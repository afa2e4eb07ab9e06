"""Where newer models come from: a file, or a folder that a publisher keeps on the web."""

from __future__ import annotations

import flet as ft

from ui import case_words, theme
from ui import pack_words as words
from ui.components.fields import plain_field, use_typed
from ui.components.file_button import file_button
from ui.components.notice import quiet
from ui.components.section import section
from ui.pack_views import OfferView, PackWork
from ui.wiring import Actions


@ft.component
def PackSourceCard(  # noqa: N802 - a component
    work: PackWork, address: str, in_browser: bool, actions: Actions
) -> ft.Control:
    """``address``: the folder that was asked last."""
    typed = use_typed(address)

    async def look() -> None:
        if typed.text.strip() != address:
            await actions.office.decide(packs_address=typed.text.strip())
        await actions.packs.look(typed.text)

    def offer(view: OfferView) -> ft.Control:
        async def fetch() -> None:
            await actions.packs.fetch(typed.text, view.pack)

        label = words.INSTALL_OFFER.format(pack=view.pack, version=view.version)
        button = ft.OutlinedButton(label, icon=ft.Icons.DOWNLOAD, on_click=fetch)
        return ft.Column([ft.Text(view.text, size=theme.sized(15)), button])

    if work.said:
        return section(words.PACK_ACTIONS, _working(work, actions))
    offers = [] if work.offers is None else [offer(view) for view in work.offers]
    if work.offers == ():
        offers = [quiet(words.NOTHING_NEWER)]
    return section(
        words.PACK_ACTIONS,
        [
            quiet(words.PUBLISHER_ONLY),
            file_button(words.INSTALL_FILE, actions.pack_choice, in_browser=in_browser),
            quiet(words.INSTALL_HINT),
            plain_field(words.SOURCE_FIELD, typed, look),
            ft.OutlinedButton(words.LOOK, icon=ft.Icons.CLOUD_DOWNLOAD_OUTLINED, on_click=look),
            *offers,
        ],
    )


def _working(work: PackWork, actions: Actions) -> list[ft.Control]:
    return [
        ft.ProgressBar(value=work.share, semantics_label=work.said),
        quiet(work.said),
        ft.TextButton(case_words.CANCEL, on_click=actions.packs.stop),
    ]
