"""A hidden test must not reach the feedback, whatever the code does with what it saw."""

from hand_ins import Kind
from in_the_box import INSIDE, SAW

LOST = {"s-part-test": 2.0}
LEAKS = {
    "kind-of-error-invented": Kind(
        {
            "s-double": SAW,
            "s-part": INSIDE + "def squares(array):\n    patch('tell_error', "
            "lambda e: {'type': 'saw ' + str(saw[-1]), 'name': 'x', 'message': 'm'})\n"
            "    raise ValueError",
        },
        LOST,
        never_told=("41, 0, -7", "saw ["),
    ),
    "line-of-the-cell-invented": Kind(
        {
            "s-double": SAW,
            "s-part": INSIDE + "def squares(array):\n    patch('line_in', lambda *a: "
            "int('777' + ''.join(str(abs(i)) for i in saw[-1])))\n    raise ValueError",
        },
        LOST,
        never_told=("7774107",),
    ),
    "cell-of-a-fault-invented": Kind(
        {
            "s-double": SAW,
            "s-write": INSIDE + "patch('tell_error', lambda e: "
            "{'type': 'saw ' + str(saw), 'cell': str(saw), 'name': 'n', 'message': 'm'})\n"
            "raise ValueError",
        },
        {"s-write-test": 1.0},
        never_told=("41, 0, -7", "saw ["),
    ),
    "name-error-with-a-text": Kind(
        {
            "s-double": SAW,
            "s-part": "def squares(array):\n    raise NameError(str(saw), name='squares')",
        },
        LOST,
    ),
}
