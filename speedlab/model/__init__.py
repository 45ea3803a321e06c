"""Where the time went, and what more workers would do: losses, causes, replay.

May import: core, pool.
Used by: report, measure, cases, course.
Others use: causes, engines, lanes, loss_budget, replay, sharing,
    whatif.
"""
