"""Small jobs that only lessons use: primes, a race for a counter, failures, scaling out.

May import: core to page, cases/shared.
Used by: course, and the lessons.
Others use: failing.
"""
