"""Jobs whose truth is built, and what speedlab says of them: `python -m benchmarks.truth`.

work.py holds what the chunks do, surroundings.py what lies around them, builds.py how each job is
built, jobs.py what is therefore true, truths.py the judge, observe.py what is asked of speedlab,
readings.py the clocks as text.
"""
