"""Loaded by the fork server of this session, and by nobody else: its children draw anew.

Importing this file does something, against the custom of the house. The fork server holds numpy
for every process that it will fork, the workers of the learner's own pools among them. It runs
no code of ours but the imports it is told to make, so this is the only place from which its
children can be kept from all drawing the same random numbers. A notebook never imports it: a
plain fork of the notebook is a copy of it, as the lessons show.
"""

from __future__ import annotations

import os

from speedlab.pool.inside.notebook import random_state

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=random_state.draw_anew)
