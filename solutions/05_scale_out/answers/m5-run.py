# %% right: tuple
def run_on(one_core_h, serial_share, cores, price):
    h = one_core_h * (serial_share + (1 - serial_share) / cores)
    return h, h * cores * price

# %% right: list
def run_on(one_core_h, serial_share, cores, price):
    h = one_core_h * (serial_share + (1 - serial_share) / cores)
    return [h, h * cores * price]

# %% right: np.array
def run_on(one_core_h, serial_share, cores, price):
    h = one_core_h * (serial_share + (1 - serial_share) / cores)
    return np.array([h, h * cores * price])

# %% wrong: cost of busy cores only
# cores that wait are paid, too
def run_on(one_core_h, serial_share, cores, price):
    h = one_core_h * (serial_share + (1 - serial_share) / cores)
    return h, one_core_h * price

# %% wrong: swapped
# the docstring says: (hours, cost)
def run_on(one_core_h, serial_share, cores, price):
    h = one_core_h * (serial_share + (1 - serial_share) / cores)
    return h * cores * price, h

# %% wrong: one core is paid
# all cores are paid for all hours
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share + (1 - serial_share) / cores)
    return hours, price * hours

# %% either: rounded cents
# nobody asked for rounding
def run_on(one_core_h, serial_share, cores, price):
    h = one_core_h * (serial_share + (1 - serial_share) / cores)
    return round(h, 2), round(h * cores * price, 2)

# %% right: a named tuple
from collections import namedtuple
Bill = namedtuple("Bill", "hours cost")
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * serial_share + one_core_h * (1 - serial_share) / cores
    return Bill(hours, price * cores * hours)

# %% right: by Amdahl's law
def run_on(one_core_h, serial_share, cores, price):
    speedup = 1 / (serial_share + (1 - serial_share) / cores)
    hours = one_core_h / speedup
    return hours, hours * cores * price

# %% right: core-hours first
def run_on(one_core_h, serial_share, cores, price):
    core_hours = one_core_h * (serial_share * cores + 1 - serial_share)
    return core_hours / cores, core_hours * price

# %% wrong: perfect cores
# the serial part is missing
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h / cores
    return hours, price * cores * hours

# %% wrong: the whole job besides the serial part
# only what is left of it is shared out: 1 - serial_share
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share + 1 / cores)
    return hours, price * cores * hours

# %% wrong: the serial part is shared out
# the two shares are exchanged
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share / cores + (1 - serial_share))
    return hours, price * cores * hours

# %% wrong: cores that wait are not paid
# in the serial part one core works, and all are paid
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share + (1 - serial_share) / cores)
    return hours, price * (one_core_h * serial_share + cores * one_core_h * (1 - serial_share) / cores)

# %% wrong: whole hours are paid
# nobody said that a begun hour is paid whole
import math
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share + (1 - serial_share) / cores)
    return hours, price * cores * math.ceil(hours)

# %% wrong: the cost alone
# the docstring says: (hours, cost)
def run_on(one_core_h, serial_share, cores, price):
    return price * cores * one_core_h * (serial_share + (1 - serial_share) / cores)

# %% wrong: whole division
# 7 // 3 is 2
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * serial_share + one_core_h * (1 - serial_share) // cores
    return hours, price * cores * hours

# %% wrong: a text
# numbers are asked for
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share + (1 - serial_share) / cores)
    return f"{hours:.4f} h", f"{price * cores * hours:.2f}"

# %% either: a dictionary
# the two numbers, under names that nobody asked for
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share + (1 - serial_share) / cores)
    return {"hours": hours, "cost": price * cores * hours}

# %% either: generator
# the two numbers, one after the other
def run_on(one_core_h, serial_share, cores, price):
    hours = one_core_h * (serial_share + (1 - serial_share) / cores)
    yield hours
    yield price * cores * hours
