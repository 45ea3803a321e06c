"""Texts that a browser would obey: payloads, their disguises, the places where they hide."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

RUN = "pwned=1"
HTML = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}><script>{RUN}</script></svg>",
    f"<svg><style><img src=x onerror={RUN}></style></svg>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={RUN}>'>",
    f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
    f"<iframe src=javascript:{RUN}></iframe>",
    f"<details open ontoggle={RUN}>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"<form action=javascript:{RUN}><button>x</button></form>",
    "<base href=https://elsewhere.example/>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example'>",
    "<link rel=stylesheet href=https://elsewhere.example/x.css>",
    "<style>@import 'https://elsewhere.example/x.css';</style>",
    "<object data=https://elsewhere.example></object><embed src=https://elsewhere.example>",
    "<video src=https://elsewhere.example poster=https://elsewhere.example autoplay></video>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<template><img src=x onerror={RUN}></template>",
    f"<input autofocus onfocus={RUN}>",
    f"<https://x/onmouseover={RUN}//>",
    f"<x/onclick={RUN}>",
    "<img src=https://elsewhere.example/seen.png>",
)
LINKS = (
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"java\nscript:{RUN}",
    f"\x01javascript:{RUN}",
    f" javascript:{RUN}",
    f"javascript&colon;{RUN}",
    f"&#106;avascript:{RUN}",
    f"&#x6a;&#x61;vascript&#58;{RUN}",
    f"java&Tab;script:{RUN}",
    f"java&NewLine;script:{RUN}",
    f"javascript\\:{RUN}",
    f"javascript%3A{RUN}",
    f"vbscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"data:text/html;base64,PHNjcmlwdD5{RUN}",
    "data:image/svg+xml;base64,PHN2Zz4=",
    "data:image/png;base64,PHN2Zz4=",
    "attachment:x.svg",
    "//elsewhere.example/x.png",
    "https://elsewhere.example/x.png",
    "/logout",
    f"view-source:javascript:{RUN}",
)
WRITTEN = (
    "[x]({})",
    "[x](<{}>)",
    "[x]( {} 'title')",
    '[x]({} "a \\" b")',
    "[x](\n{}\n)",
    "![x]({})",
    "![x](<{}>)",
    "[![x]({0})]({0})",
    "[a [b] c]({})",
    "[x][1]\n\n[1]: {}",
    "[x]\n\n[x]: <{}> 'title'",
    "![x][1]\n\n[1]:\n   {}\n   'title'",
    "> [x][1]\n>\n> [1]: {}",
    "- [x][1]\n\n  [1]: {}",
    "<{}>",
    "[`x`]({})",
    "[x $a$ y]({})",
    "$[x]({})$",
    "[x]\\({})",
    "[x\\]({})",
    "`` ` [x]({}) ``",
)
FORMULAS = (
    f"\\href{{javascript:{RUN}}}{{x}}",
    f"\\unicode{{x}}\\require{{action}}\\mathtip{{x}}{{\\href{{javascript:{RUN}}}{{y}}}}",
    "\\class{x}{y}\\style{background:url(https://elsewhere.example)}{x}\\cssId{a}{b}",
    f"\\mmlToken{{mi}}[href='javascript:{RUN}']{{x}}",
    "\\htmlData{a=b}{x}\\bbox[background:url(https://elsewhere.example)]{x}",
)
IN_FORMULA = (
    "${}$",
    "$${}$$",
    "\\\\({}\\\\)",
    "\\\\[{}\\\\]",
    "\\begin{{equation}}{}\\end{{equation}}",
    "&#36;{}&#36;",
    "&dollar;{}&dollar;",
    "\\begin{{align}}\n<b>{}</b>\n\\end{{align}}",
)
DISGUISES: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    str.upper,
    lambda text: text.replace(">", ""),
    lambda text: text.replace(">", "\n>"),
    lambda text: text.replace(" ", "/"),
    lambda text: text.replace(" ", "\n"),
    lambda text: text.replace("<", "<\x00"),
    lambda text: text.replace("s", "s\x00"),
    lambda text: text.replace("<", "&lt;"),
    lambda text: text.replace("<", "&#60;"),
    lambda text: text.replace("<", "<<b>"),
    lambda text: text.replace("<", "<<!-- -->"),
    lambda text: text.replace("s", "<b x>s", 1),
    lambda text: text.replace("\\", "\\\\"),
    lambda text: text.replace("r", "&#114;"),
    lambda text: text.replace("<", "\\<"),
)
PLACES = (
    "{}",
    "Before {} after",
    "# {}",
    "- {}",
    "> {}",
    "1. a\n\n    {}",
    "| a | b |\n|---|---|\n| {} | c |",
    "term\n: {}",
    "- [ ] {}",
    "<b>\n{}\n</b>",
    "<pre>\n{}\n\n</pre>",
    "<!-- {} -->",
    "<![CDATA[{}]]>",
    "<p\n{}",
    "`{}",
    "``{}`",
    "`a`{}`b`",
    "```\na\n```\n{}",
    "```{}",
    "~~~ {}\nb\n~~~",
    "```mermaid\n{}\n```",
    "    code\n{}",
    "[x]({})",
    "[{}](https://example.org)",
    "![{}](https://example.org/x.png)",
    '[x](https://example.org "{}")',
    "<https://example.org/{}>",
    "$a{}b$",
    "$$\n{}\n$$",
    "\\begin{{a}}{}\\end{{a}}",
    "*{}*",
    "~~{}~~",
)


def unclean_texts() -> Iterator[str]:
    """Yield every payload in every disguise and place."""
    links = [form.format(link) for form, link in itertools.product(WRITTEN, LINKS)]
    formulas = [form.format(text) for form, text in itertools.product(IN_FORMULA, FORMULAS)]
    for text, disguise, place in itertools.product(HTML, DISGUISES, PLACES):
        yield place.format(disguise(text))
    for text, place in itertools.product([*links, *formulas], PLACES):
        yield place.format(text)
    for text, disguise in itertools.product([*links, *formulas], DISGUISES):
        yield disguise(text)
