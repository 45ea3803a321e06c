"""What course.toml says, what every lesson does first, what a learner has done.

May import: core.
Used by: every room of the course, and the grader.
Others use: cells, description, lesson, progress, record.
"""
