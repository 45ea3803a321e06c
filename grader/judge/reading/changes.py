"""What does code change in place? Nothing can know for certain; this takes what shows in the text.

A method that is called for its effect, an item that is set, `heappush(heap, 3)`: the name at the
root counts as changed. A call of a module's function, such as `plt.show()`, changes nothing, unless
it is known to set something or reaches deeper, as `sys.path.append(...)` does.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

SETTERS = {
    "seed",
    "set_option",
    "set_printoptions",
    "set_start_method",
    "setrecursionlimit",
    "seterr",
    "filterwarnings",
    "simplefilter",
    "use",
    "set_theme",
    "setlocale",
    "basicConfig",
}
METHODS = set(
    "add append appendleft clear discard extend extendleft insert move_to_end pop popitem popleft "
    "push put remove reverse rotate send setdefault sort subtract update write".split()
)
"""Methods that change their object, also where their result is used."""
FUNCTIONS = set(
    "copyto delattr delitem exec fill_diagonal heapify heappop heappush heappushpop heapreplace "
    "insort insort_left insort_right next place put putmask setattr setitem shuffle".split()
)
"""Functions that change an argument."""
WRITERS = set(
    "chdir copy2 copyfile copytree dump imsave makedirs mkdir move remove rename rmtree save "
    "savefig savetxt savez savez_compressed symlink_to to_csv to_excel to_feather to_hdf to_json "
    "to_parquet to_pickle to_sql touch unlink unpack_archive urlretrieve write_bytes write_text "
    "extractall putenv".split()
)
"""Functions and methods that leave something outside all names."""
MOBILE = set(
    "BytesIO Event Generator Lock Queue Random RandomState StringIO connect count cursor cycle "
    "default_rng enumerate filter iter map open reader reversed writer zip".split()
)
"""What makes a thing that moves on when its methods are called, or when it is read."""
SHOWN = {*dir(builtins), "display"}
LOOKUPS = {"eval", "exec", "globals", "locals"}
OWN_LOOKUPS = {"vars", "dir"}  # only without an argument
TIMING = {"time", "timeit", "capture", "prun"}
OFFLINE = re.compile(r"\b(pip3?|conda|mamba|apt|apt-get|npm|curl|wget|git)\b")
Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Changes:
    """What code changes; the attributes mean what they mean in `Names`, and three more.

    Attributes:
        here: Names that are changed when the code runs.
        inside: Names that are changed when functions that it defines are called.
        writes: Whether such a function leaves something outside all names.
        code: Texts of magics that hold code.
    """

    here: frozenset[str]
    inside: frozenset[str]
    writes: bool
    mobile: frozenset[str]
    same: frozenset[tuple[str, str]]
    code: tuple[str, ...]
    always: bool
    everything: bool


def find_changes(tree: ast.Module, modules: Collection[str]) -> Changes:
    """Return what code changes in place, beside the names that it binds.

    Args:
        tree: The code.
        modules: Names that stand for modules.
    """
    every = list(ast.walk(tree))
    outside = list(_of_scope(tree))
    inner = [node for one in outside if isinstance(one, Function) for node in ast.walk(one)]
    same = frozenset(pair for node in outside for pair in _same(node))
    within = {pair for node in inner for pair in _same(node)}
    calls = [node for node in every if isinstance(node, ast.Call)]
    return Changes(
        here=frozenset(with_others(_changed(outside, modules), same)),
        inside=frozenset(with_others(_changed(inner, modules), within)),
        writes=any(_leaves_something(node) for node in inner),
        mobile=frozenset(name for node in outside for name in _mobile(node)),
        same=same,
        code=tuple(text for call in calls for text in _timed(call)),
        always=any(_leaves_something(node) for node in outside),
        everything=any(_looks_up(node) for node in every),
    )


def _of_scope(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when the code runs: not the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, Function):
            yield from _of_scope(node)


def with_others(names: set[str], same: Collection[tuple[str, str]]) -> set[str]:
    """Add the names whose values are changed through another name, such as that of a loop."""
    while more := {other for one, other in same if one in names} - names:
        names |= more
    return names


def _changed(nodes: list[ast.AST], modules: Collection[str]) -> set[str]:
    found = set[str]()
    for node in nodes:
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            found.add(_root(node))
        elif isinstance(node, ast.AugAssign):
            found.add(_root(node.target))
        elif isinstance(node, ast.Call):
            found |= _by_call(node, modules)
        elif isinstance(node, ast.Expr):
            found |= _by_effect(node.value, modules)
    return found - {""}


def _by_call(call: ast.Call, modules: Collection[str]) -> set[str]:
    """Return what a call changes, whatever becomes of its result."""
    path = dotted(call.func)
    name, root = path[-1:], _root(call.func)
    found = set[str]()
    if isinstance(call.func, ast.Attribute) and call.func.attr in METHODS and root not in modules:
        found.add(root)
    if name and name[0] in FUNCTIONS:
        found |= {_root(one) for one in call.args}
    if any(word.arg in ("inplace", "out") for word in call.keywords):
        values = [call.func, *call.args, *(word.value for word in call.keywords)]
        found |= {_root(one) for one in values} - set(modules)
    # A draw moves the generator of the module on.
    if root in modules and "random" in path[:-1] and path[-1] not in MOBILE:
        found.add(root)
    return found


def _by_effect(value: ast.expr, modules: Collection[str]) -> set[str]:
    """Return what a call changes whose result nobody takes."""
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call):
        return set()
    if isinstance(call.func, ast.Name):  # a function of the notebook may change what it is given
        known = call.func.id in modules or call.func.id in SHOWN
        return set() if known else {_root(one) for one in call.args}
    if not isinstance(call.func, ast.Attribute):
        return set()
    root, depth = _root(call.func), len(dotted(call.func))
    silent = root in modules and call.func.attr not in SETTERS and depth < 3
    return set() if silent else {root}


def _same(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield pairs of names: a change of the first may change the value of the second."""
    if isinstance(node, (ast.Assign, ast.NamedExpr)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        others = {_root(one) for one in [node.value, *_items(node.value)]}
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        targets = [node.target]
        others = {one.id for one in ast.walk(node.iter) if isinstance(one, ast.Name)}
    else:
        return
    names = {n.id for one in targets for n in ast.walk(one) if isinstance(n, ast.Name)}
    yield from ((one, other) for one in names for other in others - {"", one})


def _items(value: ast.expr) -> list[ast.expr]:
    """Return the parts of a display, which hold objects and do not copy them."""
    if isinstance(value, ast.Dict):
        return [*value.values]
    return [*value.elts] if isinstance(value, (ast.List, ast.Tuple, ast.Set)) else []


def _mobile(node: ast.AST) -> set[str]:
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        value, targets = node.context_expr, [node.optional_vars]
    elif isinstance(node, ast.Assign):
        value, targets = node.value, node.targets
    else:
        return set()
    makes = isinstance(value, ast.GeneratorExp) or (
        isinstance(value, ast.Call) and bool(MOBILE & set(dotted(value.func)[-1:]))
    )
    return {_root(target) for target in targets} - {""} if makes else set()


def _leaves_something(node: ast.AST) -> bool:
    """Tell whether later code may meet what this does without naming it."""
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    if not isinstance(node, ast.Call):
        return False
    name = "".join(dotted(node.func)[-1:])
    if name in ("run_line_magic", "run_cell_magic"):
        return name == "run_cell_magic" or _first_text(node) not in TIMING
    if name in ("system", "getoutput", "check_call", "check_output", "run", "Popen"):
        return not OFFLINE.search(_first_text(node)) and "get_ipython" in ast.unparse(node.func)
    if name == "open":
        return any(set(text) & set("wax+") for text in _texts(node)[-1:] if len(text) <= 3)
    return name in WRITERS


def _looks_up(node: ast.AST) -> bool:
    if isinstance(node, (ast.Name, ast.Attribute)):
        return (node.id in LOOKUPS) if isinstance(node, ast.Name) else node.attr == "user_ns"
    if not isinstance(node, ast.Call):
        return False
    name = "".join(dotted(node.func)[-1:])
    by_text = name in ("query", "eval") and any("@" in text for text in _texts(node))
    return by_text or (name in OWN_LOOKUPS and not node.args)


def _timed(call: ast.Call) -> list[str]:
    is_magic = dotted(call.func)[-1:] in (["run_line_magic"], ["run_cell_magic"])
    return _texts(call)[1:] if is_magic and _first_text(call) in TIMING else []


def _texts(call: ast.Call) -> list[str]:
    values = [*call.args, *(word.value for word in call.keywords)]
    return [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]


def _first_text(call: ast.Call) -> str:
    return "".join(_texts(call)[:1])


def dotted(node: ast.expr) -> list[str]:
    """Return the names of a path, from its root; "" stands for what is no name.

    >>> dotted(ast.parse("np.random.seed", mode="eval").body)
    ['np', 'random', 'seed']
    """
    if isinstance(node, ast.Attribute):
        return [*dotted(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def imported(tree: ast.AST) -> set[str]:
    """Return the names that imports bind.

    >>> sorted(imported(ast.parse("import os.path, numpy as np")))
    ['np', 'os']
    """
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {alias.asname or alias.name.partition(".")[0] for node in nodes for alias in node.names}
