"""The page as one HTML file that needs nothing else: no network, no script, no font of ours.

The browser shapes every script, so this is the form for languages that a PDF made on a phone
cannot show.
"""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

import segno

from core.reporting.illustration import Picture, jpeg
from core.reporting.page.content import Page
from core.reporting.page.texts import PageText

_STYLE = Path(__file__).with_name("page.css")


def web_page(page: Page) -> str:
    """The page as HTML, in its language and direction."""
    t = PageText
    parts = [
        _header(page),
        f'<section class="verdict {page.verdict.value}"><h2>{escape(page.banner)}</h2>'
        f"<p>{escape(page.headline)}</p>{_list(page.reasons)}</section>",
        _pictures(page),
        _section(
            page, t.PROBABILITIES, _shares(page) + f"<p class=small>{escape(page.meaning)}</p>"
        ),
        _advice(page),
        _section(page, t.LIMITS, _list(page.limits)),
        _section(page, t.MODEL, f"<p>{escape(page.model)}</p>{_list(page.figures)}", "small"),
    ]
    body = "\n".join(part for part in parts if part)
    # The policy forbids everything but what is written into this file.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(page.speech.language)}" '
        f'dir="{page.speech.direction}">\n<head>\n'
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(page.title)}</title>\n"
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _header(page: Page) -> str:
    code = segno.make(page.code, error="m", micro=False)
    stream = io.BytesIO()
    code.save(stream, kind="svg", xmldecl=False, svgns=True, scale=2, border=2, nl=False)
    svg = base64.b64encode(stream.getvalue()).decode("ascii")
    label = escape(page.say(PageText.QR))
    # Isolated, for among Arabic "23 Nov 2026" would lose its first number to the line's end.
    facts = "".join(f"<dt>{escape(a)}</dt><dd><bdi>{escape(b)}</bdi></dd>" for a, b in page.facts)
    state = "confirmed" if page.confirmed else "unconfirmed"
    return (
        f'<header><div><h1>{escape(page.title)}</h1><p class="opinion {state}">'
        f"{escape(page.opinion)}</p><dl>{facts}</dl></div>"
        f'<img class="code" alt="{label}: {escape(page.code)}" '
        f'src="data:image/svg+xml;base64,{svg}"></header>'
    )


def _section(page: Page, heading: PageText, inside: str, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f"<section{name}><h3>{escape(page.say(heading))}</h3>{inside}</section>"


def _list(texts: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in texts)}</ul>" if texts else ""


def _pictures(page: Page) -> str:
    figures = "".join(
        f'<figure><img alt="{escape(caption)}" src="{_data(picture)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for caption, picture in page.pictures
    )
    return f'<section class="pictures">{figures}</section>' if figures else ""


def _data(picture: Picture) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(picture)).decode('ascii')}"


def _shares(page: Page) -> str:
    rows = "".join(
        f'<tr class="{"possible" if each.possible else "out"}"><th>{escape(each.name)}</th>'
        f'<td class="bar"><span style="width:{each.probability:.1%}"></span></td>'
        f"<td>{escape(each.percent)}</td><td>{escape(each.standing)}</td></tr>"
        for each in page.shares
    )
    return f"<table>{rows}</table>" if rows else ""


def _advice(page: Page) -> str:
    if page.advice is None:
        return ""
    urgency = f'<p class="urgency">{escape(page.advice.urgency)}</p>' if page.advice.urgency else ""
    source = f'<p class="small">{escape(page.advice.source)}</p>' if page.advice.source else ""
    return _section(
        page, PageText.NEXT, f"{urgency}<p>{escape(page.advice.text)}</p>{source}", "next"
    )
