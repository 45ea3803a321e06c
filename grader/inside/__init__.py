"""All that lies inside the box: what hostile code may see is this folder.

May import: itself, the standard library, numpy, pandas, pyarrow; nothing of speedlab.
Used by: sandbox, judge.
Others use: cells, crossing_files, ipython_stub, lesson_files, platform, serialize,
  serialize_tables, zygote.
"""
