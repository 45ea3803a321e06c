"""Text of learners on its way into a page that renders Markdown: nothing in it may run or load.

formgrader renders Markdown itself, raw HTML included, in the origin of the instructor's server.
Two steps, and only the second has to be right:

    _Mend     what learners usually write keeps its look: code, formulas, links, pictures. Tags,
              comments and links to anything but pages are taken out, and counted.
    guard()   everywhere, whatever a parser may think stands there: no sign begins a tag, a link, a
              picture, a command or an entity, unless the whole of it has a form that is harmless.
              An invisible sign is put behind it, so that code still reads as it was.

The second step knows no grammar, for two readers of Markdown never agree on what is code.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote, unquote

from grader.gradebook.pictures import Attachments, is_picture, kept_pictures
from speedlab.core.text import readable

JOINER = "\N{WORD JOINER}"  # invisible, no space, and no line is broken there
INLINE = "b|br|code|del|em|i|ins|kbd|mark|s|small|strong|sub|sup|u"
"""Tags that stay, without attributes: they change how text looks, and nothing else."""
SWALLOWED = "script|style|iframe|template|noscript|textarea|title|xmp|svg|object|select"
"""Tags whose content is no text for readers."""
SIGNS = "A-Za-z0-9:/?#@&=+$,;._~%-"  # of an address; no others are needed, and none ends it
PAGE = rf"(?:https?://|mailto:)[{SIGNS}]+"
FILE = r"(?:[\w-]+/){0,5}[\w-]+\.(?:png|jpe?g|gif|webp)"
PICTURE = rf"(?:attachment:picture-\d+|data:image/(?:png|jpeg|gif|webp);base64,[\w+/=]+|{FILE})"
COMMANDS = (
    "bbox|catcode|class|csname|cssId|data|endcsname|href|html[A-Za-z]*|img|includegraphics|input|"
    "mathtip|mmlToken|require|special|style|texttip|toggle|tooltip|unicode|url|write"
)
"""Commands of TeX with which MathJax or KaTeX make links, load code or set styles."""
LONGEST = 100_000  # signs: no honest text is longer, and nobody marks one

# No pattern may take more than linear time: a hand-in is as long and as odd as its author likes.
CODE = (
    r"(?:^|(?<=\n)) {0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?s:.*?)(?:\n {0,3}(?P=fence)[^\n]*|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:[^`\n]|\n(?!\n)|(?!(?P=ticks)(?!`))`+){1,2000}+(?P=ticks)(?!`)"
)
FORMULA = (
    r"\$\$[^$]+\$\$|(?<![\\$\w])\$[^$\n]+\$"
    r"|\\begin\{(?P<env>[a-z]+\*?)\}[^\\]{0,2000}+(?:\\(?!end\{)[^\\]{0,2000}+){0,100}+"
    r"\\end\{(?P=env)\}"
)
COMMAND = re.compile(rf"\\(?:{COMMANDS})(?![A-Za-z])")
PARTS = re.compile(f"(?P<code>{CODE})|(?P<formula>{FORMULA})")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
TAG = re.compile(r"<!--|<(?P<shut>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?P<rest>[^<>]*+)>|<[!?/][^<>]*+>")
ATTRIBUTE = re.compile(
    r"(?i)\b(src|alt|href)\s{0,9}=\s{0,9}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))"
)
HANDLER = re.compile(r"(?i)(?:^|[\s/\"'])on[a-z]+\s{0,9}=")
GAP = r"[ \t]{0,9}\n?[ \t]{0,9}"
TITLE = rf"(?:[ \t\n]{GAP}(?:\"[^\"\n]{{0,300}}\"|'[^'\n]{{0,300}}'|\([^()\n]{{0,300}}\)))?"
PLACE = r"(?:<([^<>\n]*+)>|((?:[^\s()\\]|\\.|\([^\s()]*+\))*+))"
SHOWN = re.compile(rf"!\[([^\[\]\n]*+)\]\({GAP}{PLACE}{TITLE}{GAP}\)")
LINK = re.compile(rf"\]\({GAP}{PLACE}{TITLE}{GAP}\)")
DEFINITION = re.compile(r"\]:[ \t]*+\n?[ \t]*+(?:<([^<>\n]*+)>|([^\s<>]++))")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{2,}:|[\\/]{2}")
RUNS = re.compile(
    r"(?i)(?:(?:java|vb|live)\s?script|\bdata(?!:image/(?:png|jpeg|gif|webp);)|\bblob)(?=\s?:\S)"
    r"|\bon[a-z]{3,}(?=\s?=)"
)
"""What some reader might obey where it stands alone; the guard would be enough."""

GUARD = re.compile(
    rf"(?P<kept></?(?:{INLINE}) ?/?>|&(?:lt|gt|amp|quot|nbsp);"
    rf"|!\[[\w ,.-]*+\]\({PICTURE}\)|\]\({PAGE}\)|\]: {PAGE}(?=\s|\Z))"
    r"|(?P<opens><(?=[A-Za-z/!?])|!(?=\[)|\](?=[(:])|&(?=#|[A-Za-z][A-Za-z0-9]*;)"
    rf"|\\(?=(?:{COMMANDS})(?![A-Za-z]))|[`~]{{3}}[ \t]*+(?=mermaid))"
)


def clean_markdown(text: str, attachments: object = None) -> tuple[str, Attachments, Counter[str]]:
    """Return a text in which nothing runs or loads, its pictures, and what was taken out, counted.

    >>> clean_markdown("*Why* <b onclick=run()>so</b>? See [this](javascript:run()).")[0]
    '*Why* <b>so</b>? See [this].'

    Args:
        text: Markdown, as a learner wrote it.
        attachments: The pictures of its cell, as a notebook has them; learners write them, too.
    """
    pictures = kept_pictures(attachments)
    mend = _Mend({name: number for number, name in enumerate(pictures, 1)})
    parts = _balanced([(kind, mend(kind, part)) for kind, part in _split(text)])
    clean = "".join(guard(part, " " if kind == "formula" else JOINER) for kind, part in parts)
    clean = guard(clean, JOINER)  # the end of one part and the start of the next may make a pair
    named = {f"picture-{number}": made for number, made in enumerate(pictures.values(), 1)}
    kept = {name: made for name, made in named.items() if f"(attachment:{name})" in clean}
    return clean, kept, +mend.removed


def guard(text: str, separator: str) -> str:
    """Return a text in which no sign begins anything but what is harmless as a whole."""
    return GUARD.sub(lambda found: found["kept"] or found["opens"] + separator, text)


def in_words(removed: Mapping[str, int]) -> str:
    """Return what was taken out.

    >>> in_words({"script": 1, "link": 2, "tag": 1})
    '2 links, 1 script and 1 tag'
    """
    parts = [f"{n} {word}{'s' if n > 1 else ''}" for word, n in sorted(removed.items())]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _split(text: str) -> list[tuple[str, str]]:
    """Return the parts of a text: code, formulas, and the text between them."""
    text, parts, here = readable(text, joiners=True), list[tuple[str, str]](), 0
    if len(text) > LONGEST:
        return [("code", text)]
    for found in PARTS.finditer(text):
        kind = "code" if found["code"] is not None else "formula"
        parts += [("text", text[here : found.start()]), (kind, found[0])]
        here = found.end()
    return [*parts, ("text", text[here:])]


def _balanced(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the parts without tags that would go on in the cells below, such as a lone <b>."""
    texts = "".join(part for kind, part in parts if kind == "text")
    names = [name for name in INLINE.split("|") if name != "br"]
    odd = "|".join(n for n in names if texts.count(f"<{n}>") != texts.count(f"</{n}>"))
    if not odd:
        return parts
    return [(k, re.sub(rf"</?(?:{odd})>", "", p) if k == "text" else p) for k, p in parts]


class _Mend:
    """Takes out of a text what would run or load, and counts it.

    Args:
        pictures: The numbers of the pictures of the cell, by name.
    """

    def __init__(self, pictures: Mapping[str, int]) -> None:
        self._pictures = pictures
        self._addresses: list[str] = []
        self.removed: Counter[str] = Counter()

    def __call__(self, kind: str, text: str) -> str:
        """Return one part of a text: code as it is, formulas without commands that do more."""
        if kind == "code":
            return text
        if kind == "formula":
            self.removed["command"] += len(COMMAND.findall(text))
            return RUNS.sub(r"\g<0> ", COMMAND.sub(r"\\text", text))
        text = self._without_tags(ENTITY.sub(_as_sign, text))
        text = SHOWN.sub(lambda m: self._shown(m[1], m[2] or m[3] or ""), text)
        text = LINK.sub(lambda m: self._linked(m, "](", ")"), text)
        text = DEFINITION.sub(lambda m: self._linked(m, "]: ", ""), text)
        return RUNS.sub(rf"\g<0>{JOINER}", text)

    def _without_tags(self, text: str) -> str:
        parts, here, missing = list[str](), 0, set[str]()
        while found := TAG.search(text, here):
            parts.append(text[here : found.start()])
            here = found.end()
            name = (found["name"] or "").lower()
            until = "-->" if found[0] == "<!--" else f"</{name}" if _swallows(found, name) else ""
            parts.append(self._instead(found, name))
            # Looked for once: where it is not found, it is nowhere below either.
            end = (
                None if until in missing else re.compile(re.escape(until), re.I).search(text, here)
            )
            if until and end is None:
                missing.add(until)
            elif until and end is not None:
                here = end.end() if until == "-->" else end.start()
        return "".join([*parts, text[here:]])

    def _instead(self, found: re.Match[str], name: str) -> str:
        """Return what stands in the place of a tag."""
        shut, rest = found["shut"], found["rest"] or ""
        runs = HANDLER.search(rest) is not None or (name == "script" and not shut)
        self.removed["script"] += runs
        given = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in ATTRIBUTE.finditer(rest)}
        if name in INLINE.split("|"):
            return f"<{shut}{name}>"
        if name == "img":
            alt = re.sub(r"[\[\]\n]", " ", given.get("alt", ""))
            return f"![{alt}](<{given.get('src', '')}>)"
        if name == "a":
            return self._anchor(given.get("href", ""), shut=bool(shut))
        if re.match(r"https?://|mailto:|[^\s/@]+@", found[0][1:]):
            return self._autolink(found[0][1:-1])
        if name and not shut and name != "script":
            self.removed["picture" if name == "svg" else "tag"] += 1
        return ""

    def _anchor(self, address: str, *, shut: bool) -> str:
        if shut:
            return f"](<{self._addresses.pop()}>)" if self._addresses else ""
        self._addresses.append(re.sub(r"[<>\n]", "", address))
        return "["

    def _autolink(self, text: str) -> str:
        address, shown = _address(text), re.sub(r"[^\w:/.@?=&%-]", "", text)
        return f"[{shown}]({address})" if address else text

    def _shown(self, alt: str, place: str) -> str:
        """Return a picture that is the cell's own; one from elsewhere becomes a link to it."""
        alt, place = re.sub(r"[^\w ,.-]", "", alt), html.unescape(place)
        number = self._pictures.get(unquote(place.removeprefix("attachment:")), 0)
        if place.startswith("attachment:") and number:
            return f"![{alt}](attachment:picture-{number})"
        if re.fullmatch(PICTURE, place) and (":" not in place or is_picture(place)):
            return f"![{alt}]({place})"
        address = _address(place)
        if address.startswith("http"):
            return f"[{alt or 'picture'}]({address})"
        self.removed["picture"] += 1
        return alt

    def _linked(self, found: re.Match[str], before: str, behind: str) -> str:
        """Return a link if it leads to a page; text that only looks like one stays as it is."""
        place = found[1] or found[2] or ""
        address = _address(place)
        if address:
            return f"{before}{address}{behind}"
        if re.fullmatch(PICTURE, place) or not SCHEME.match(_plain(place)):
            return found[0]
        self.removed["link"] += 1
        return "]"


def _as_sign(found: re.Match[str]) -> str:
    """Return the sign that an entity stands for, except where it would begin something."""
    sign = html.unescape(found[0])
    return found[0] if sign in ("<", ">", "&", '"', "\N{NO-BREAK SPACE}") else readable(sign)


def _swallows(found: re.Match[str], name: str) -> bool:
    return not found["shut"] and name in SWALLOWED.split("|")


def _plain(place: str) -> str:
    """Return an address as a browser reads it at last."""
    undone = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", html.unescape(html.unescape(unquote(place))))
    return "".join(sign for sign in undone if sign.isprintable() and not sign.isspace())


def _address(place: str) -> str:
    """Return the address of a page, in signs that end no link; "" if it is none.

    >>> _address("https://example.org/a(b)"), _address("java&#115;cript:run()")
    ('https://example.org/a%28b%29', '')
    """
    undone = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", html.unescape(place)).strip()
    undone = f"mailto:{undone}" if re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", undone) else undone
    address = quote(undone, safe=":/?#@&=+$,;._~%-")
    return address if re.fullmatch(PAGE, address) else ""
