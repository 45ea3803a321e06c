"""A measured case as one HTML file that can be forwarded, and the base of other pages.

May import: all below it: core to measure.
Used by: course, cli.
Others use: report.
"""
