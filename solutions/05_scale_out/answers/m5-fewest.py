# %% right: next()
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    return next((c for c in range(1, most + 1) if one_core_h * (serial_share + (1 - serial_share) / c) <= deadline_h), None)

# %% right: run_on reused
# uses the answer to question 6, which must be the model solution meanwhile
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for c in range(1, most + 1):
        if run_on(one_core_h, serial_share, c, 0)[0] <= deadline_h:
            return c

# %% right: numpy int64
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    c = np.arange(1, most + 1)
    ok = one_core_h * (serial_share + (1 - serial_share) / c) <= deadline_h
    return c[ok][0] if ok.any() else None

# %% right: binary search
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    lo, hi = 1, most + 1
    while lo < hi:
        m = (lo + hi) // 2
        if one_core_h * (serial_share + (1 - serial_share) / m) <= deadline_h: hi = m
        else: lo = m + 1
    return lo if lo <= most else None

# %% wrong: strict <
# within 3 hours: 3 hours are in time
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for c in range(1, most + 1):
        if one_core_h * (serial_share + (1 - serial_share) / c) < deadline_h: return c

# %% wrong: no serial
# the serial part is missing
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for c in range(1, most + 1):
        if one_core_h / c <= deadline_h: return c

# %% wrong: powers of two only
# 5 cores can be rented, too
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    c = 1
    while c <= most:
        if one_core_h * (serial_share + (1 - serial_share) / c) <= deadline_h: return c
        c *= 2

# %% wrong: zero for none
# the text says: None
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(1, most + 1):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return cores
    return 0

# %% right: by the formula turned round
import math
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    if one_core_h <= deadline_h:
        return 1
    left_h = deadline_h - one_core_h * serial_share
    if left_h <= 0:
        return None
    cores = math.ceil(one_core_h * (1 - serial_share) / left_h)
    return cores if cores <= most else None

# %% right: while
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    cores = 1
    while one_core_h * serial_share + one_core_h * (1 - serial_share) / cores > deadline_h:
        cores += 1
        if cores > most:
            return None
    return cores

# %% right: the smallest of all that are in time
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    in_time = [c for c in range(1, most + 1) if run_on(one_core_h, serial_share, c, 1)[0] <= deadline_h]
    return min(in_time) if in_time else None

# %% wrong: one too few
# range(1, most) ends before most
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(1, most):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return cores

# %% wrong: most, if none is in time
# the text says: None
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(1, most + 1):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return cores
    return most

# %% wrong: the most that are in time
# the fewest are asked for
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(most, 0, -1):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return cores

# %% wrong: divides by nothing left
# where the serial part alone takes all the time, no number of cores is in time: None
import math
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    cores = math.ceil(one_core_h * (1 - serial_share) / (deadline_h - one_core_h * serial_share))
    return max(1, cores) if 0 <= cores <= most else None

# %% wrong: at least two
# one core may be in time
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(2, most + 1):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return cores

# %% wrong: part of a core
# cores are rented whole
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    left_h = deadline_h - one_core_h * serial_share
    cores = max(1, one_core_h * (1 - serial_share) / left_h) if left_h > 0 else most + 1
    return cores if cores <= most else None

# %% wrong: up to 64
# `most` is ignored
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(1, 65):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return cores

# %% wrong: the text None
# None is no text
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(1, most + 1):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return cores
    return "None"

# %% wrong: rounded down
# rounded down, the hours are in time and the run is not
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(1, most + 1):
        if int(one_core_h * (serial_share + (1 - serial_share) / cores)) <= deadline_h:
            return cores

# %% either: a float
# 4.0 for 4
def fewest_cores(one_core_h, serial_share, deadline_h, most):
    for cores in range(1, most + 1):
        if one_core_h * (serial_share + (1 - serial_share) / cores) <= deadline_h:
            return float(cores)
