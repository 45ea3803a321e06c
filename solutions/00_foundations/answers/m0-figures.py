# %% right: namedtuple
def figures(serial_s, parallel_s, workers):
    from collections import namedtuple
    F = namedtuple('F', 'speedup efficiency share')
    s = serial_s/parallel_s
    return F(s, s/workers, (1/s-1/workers)/(1-1/workers))

# %% right: algebra alt
def figures(serial_s, parallel_s, workers):
    s = serial_s/parallel_s
    return (s, s/workers, (workers/s - 1)/(workers - 1))

# %% right: Fraction
def figures(serial_s, parallel_s, workers):
    from fractions import Fraction
    s = Fraction(serial_s)/Fraction(parallel_s)
    return s, s/workers, (1/s-Fraction(1,workers))/(1-Fraction(1,workers))

# %% wrong: dict
def figures(serial_s, parallel_s, workers):
    s = serial_s/parallel_s
    return dict(speedup=s, efficiency=s/workers, share=(1/s-1/workers)/(1-1/workers))

# %% wrong: efficiency percent
# the lesson defines efficiency as speedup divided by workers
def figures(serial_s, parallel_s, workers):
    s = serial_s/parallel_s
    return s, 100*s/workers, (1/s-1/workers)/(1-1/workers)

# %% wrong: order swapped
def figures(serial_s, parallel_s, workers):
    s = serial_s/parallel_s
    return s/workers, s, (1/s-1/workers)/(1-1/workers)

# %% wrong: cores of this machine
# `workers` is ignored
def figures(serial_s, parallel_s, workers):
    here = sl.usable_cpus()
    s = serial_s / parallel_s
    return s, s / here, (1 / s - 1 / here) / (1 - 1 / here)

# %% either: list
# the docstring shows round brackets; the numbers are right
def figures(serial_s, parallel_s, workers):
    s = serial_s/parallel_s
    return [s, s/workers, (1/s-1/workers)/(1-1/workers)]

# %% either: rounded 2
# nobody asked for rounding; 0.11 is not 1/9
def figures(serial_s, parallel_s, workers):
    s = serial_s/parallel_s
    return round(s,2), round(s/workers,2), round((1/s-1/workers)/(1-1/workers),2)

# %% right: array
import numpy as np
def figures(serial_s, parallel_s, workers):
    s = serial_s / parallel_s
    return np.array([s, s / workers, (workers / s - 1) / (workers - 1)])

# %% right: laws of speedlab
def figures(serial_s, parallel_s, workers):
    s = serial_s / parallel_s
    efficiency = s / workers
    return s, efficiency, (1 / efficiency - 1) / (workers - 1)

# %% wrong: speedup upside down
# the time of one core is divided by that of the workers
def figures(serial_s, parallel_s, workers):
    s = parallel_s / serial_s
    return s, s / workers, (1 / s - 1 / workers) / (1 - 1 / workers)

# %% wrong: Amdahl's share without the division
# the formula of Karp and Flatt divides by 1 - 1/N
def figures(serial_s, parallel_s, workers):
    s = serial_s / parallel_s
    return s, s / workers, 1 / s - 1 / workers

# %% wrong: what is lost, not what is serial
# one minus the efficiency is no serial share
def figures(serial_s, parallel_s, workers):
    s = serial_s / parallel_s
    return s, s / workers, 1 - s / workers

# %% wrong: prints instead of returning
# a function that prints returns nothing
def figures(serial_s, parallel_s, workers):
    s = serial_s / parallel_s
    print(s, s / workers, (1 / s - 1 / workers) / (1 - 1 / workers))

# %% wrong: two of three
def figures(serial_s, parallel_s, workers):
    return serial_s / parallel_s, serial_s / parallel_s / workers

# %% wrong: texts
def figures(serial_s, parallel_s, workers):
    s = serial_s / parallel_s
    return f"{s}", f"{s / workers}", f"{(1 / s - 1 / workers) / (1 - 1 / workers)}"
