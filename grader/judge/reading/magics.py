"""A cell of a notebook as plain Python: IPython's own transformer writes magics as calls.

Magics that only look at how code runs (%%time, %%capture) become that code itself: so what it
binds and needs is seen by whoever reads names, definitions are found by worker processes, `await`
works, and errors name the right line. A magic inside a magic is one more turn of the same.
"""

from __future__ import annotations

import ast
import re
import shlex
import string
import textwrap

from grader.judge.reading.dependencies import names_in

ESCAPES = re.compile(r"(?m)^\s*[%!?]|\?\s*$|=\s*[%!]|\A\s|^\s*(>>>|In \[\d+\]:)")
"""What IPython reads otherwise than Python: magics, help, a cell that is indented, a prompt."""
CELL_MAGIC = re.compile(
    r"(?P<blank>\s*)%%(?P<name>[^\W\d][\w.]*)[ \t]*(?P<line>[^\n]*)\n?(?P<body>.*)", re.DOTALL
)
SEEN_THROUGH = ("time", "prun", "memit", "mprun", "lprun", "snakeviz", "pyinstrument")
TIMED = ("timeit",)
SCRIPTS = ("bash", "sh", "script", "python", "python3", "pypy", "perl", "ruby", "cmd")
MOST_WORK = 300_000
"""Characters times magics: IPython reads a cell anew for each of them, on the grader's time."""
DEEPEST = 8
"""How many magics may stand inside each other."""
OPTION = re.compile(r"\s*(-[a-zA-Z]+\d*|--[\w-]+(=\S+)?)(\s+|$)")
TAKES_VALUE = frozenset("nrtpslDTcfmw")
"""Options such as `-n 10` of these magics, whose value may be a word of its own."""


def as_python(source: str) -> str:
    """Return a cell's code with magics written as calls; code of another kind as it is.

    >>> as_python("%%time\\n%matplotlib inline\\nn = 1").splitlines()
    ['', "get_ipython().run_line_magic('matplotlib', 'inline')", 'n = 1']
    """
    try:
        return _rewritten(source, 0)
    except Exception:  # whatever a learner wrote; the box will say that it is no Python
        return source


def _rewritten(source: str, depth: int) -> str:
    if depth > DEEPEST or _is_python(source) or not ESCAPES.search(source):
        return source
    whole = CELL_MAGIC.fullmatch(source)
    if whole:
        lines = "\n" * whole["blank"].count("\n")
        return lines + _cell_magic(whole["name"], whole["line"].strip(), whole["body"], depth + 1)
    if len(source) * len(ESCAPES.findall(source)) > MOST_WORK:
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    code = str(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]
    return _seen_through(code, depth + 1)


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _cell_magic(name: str, line: str, body: str, depth: int) -> str:
    if name in SEEN_THROUGH:
        return f"\n{_rewritten(body, depth)}"
    if name == "capture":
        return _captured(line, _rewritten(body, depth))
    names = _names_of_text(line)
    target = ""
    if name in TIMED:
        body = _rewritten(body, depth)
        names |= _names_of_code(body) | _names_of_code(_without_options(line))
    elif name in SCRIPTS:
        target, line = _targets(line)
    call = f"{target}get_ipython().run_cell_magic({name!r}, {line!r}, {body!r}"
    return f"{call}{_hint(names)})\n"


def _captured(line: str, code: str) -> str:
    """Return code inside a `with` that keeps what it shows; its lines stay where they are."""
    words = [word for word in line.split() if not word.startswith("-")]
    target = f" as {words[0]}" if words and words[0].isidentifier() else ""
    head = f"with get_ipython().capture({line!r}){target}:\n"
    indented = head + textwrap.indent(code or "pass", "    ")
    wanted = ast.parse(f"{head}    pass")
    block = wanted.body[0]
    assert isinstance(block, ast.With)
    block.body = ast.parse(code).body or block.body
    # A text of several lines must not be indented with the rest.
    same = _is_python(indented) and ast.dump(ast.parse(indented)) == ast.dump(wanted)
    return indented if same else ast.unparse(wanted)


def _targets(line: str) -> tuple[str, str]:
    """Return what a script's output is assigned to, and the line with it first: out, then err."""
    try:
        words = shlex.split(line)
    except ValueError:
        return "", line
    names = []
    for option in ("--out", "--err"):
        place = words.index(option) if option in words else len(words)
        names += words[place + 1 : place + 2]
    good = names and all(name.isidentifier() for name in names)
    return (f"{', '.join(names)}{',' if len(names) == 1 else ''} = ", line) if good else ("", line)


def _seen_through(code: str, depth: int) -> str:
    """Put the code of line magics in the place of the calls that would run it."""
    if not _is_python(code):
        return code
    tree = ast.parse(code)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    calls = [(node, *_said(node)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node, method, words in sorted(calls, key=lambda call: _place(call[0]), reverse=True):
        replaced = _replaced(method, words, depth, alone=id(node) in alone)
        if replaced:
            code = _spliced(code, node, replaced)
    return code


def _said(node: ast.Call) -> tuple[str, list[str]]:
    """Return the method of the shell that a call names, and its texts; "" for another call."""
    function, texts = node.func, [a.value for a in node.args if isinstance(a, ast.Constant)]
    shell = function.value if isinstance(function, ast.Attribute) else None
    ours = isinstance(shell, ast.Call) and isinstance(shell.func, ast.Name)
    if not (ours and shell.func.id == "get_ipython"):  # type: ignore[union-attr]
        return "", []
    return function.attr, [str(text) for text in texts]  # type: ignore[attr-defined]


def _place(node: ast.Call) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _replaced(method: str, words: list[str], depth: int, *, alone: bool) -> str:
    """Return what stands for the call of a magic, "" where it may stay."""
    name, line = (words[0], words[-1]) if len(words) == 2 else ("", words[-1] if words else "")
    if method == "run_line_magic" and name in SEEN_THROUGH:
        code = _rewritten(_without_options(line), depth).strip()
        if _is_python(code) and alone:
            return code or "None"
        return f"({code})" if _is_expression(code) else ""
    names = _names_of_text(line) if method else set()
    if method == "run_line_magic" and name in TIMED:
        names |= _names_of_code(_rewritten(_without_options(line), depth))
    if not names:
        return ""
    return f"get_ipython().{method}({', '.join(map(repr, words))}{_hint(names)})"


def _hint(names: set[str]) -> str:
    """Return an argument that is never used: it tells whoever reads names what a text needs."""
    return f", lambda: ({', '.join(sorted(names))},)" if names else ""


def _is_expression(code: str) -> bool:
    return _is_python(code) and [type(part) for part in ast.parse(code).body] == [ast.Expr]


def _spliced(code: str, node: ast.Call, text: str) -> str:
    lines = [line.encode() for line in code.split("\n")]  # columns are bytes of UTF-8
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    lines[first : last + 1] = [head + text.encode() + tail]
    return b"\n".join(lines).decode()


def _names_of_code(code: str) -> set[str]:
    return set(names_in(code).needs)


def _names_of_text(text: str) -> set[str]:
    """Return the names whose values IPython writes into a line: `{name}` and `$name`."""
    names = set(re.findall(r"\$([^\W\d]\w*)", text))
    try:
        for _, expression, _, _ in string.Formatter().parse(text):
            names |= _names_of_code(expression or "")
    except ValueError:  # braces of a shell
        pass
    return names


def _without_options(line: str) -> str:
    """Return the code of a magic's line.

    >>> _without_options("-n 10 -r2 -o f(x)")
    'f(x)'
    """
    while option := OPTION.match(line):
        line = line[option.end() :]
        if option[1][-1] in TAKES_VALUE and len(option[1]) == 2:
            line = re.sub(r"^\S+\s*", "", line)
    return line
