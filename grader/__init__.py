"""Tools for authors and graders: build lessons, find leaks, work beside stock nbgrader."""
