"""Charts, words and the business case of a measured run; nobody else draws.

May import: core, pool, model.
Used by: measure, page, cases, course.
Others use: business_case, charts, engines, side_by_side, table, text.
"""
