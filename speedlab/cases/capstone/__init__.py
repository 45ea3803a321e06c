"""The learner's own job: what keeps it from being shared, how it is cut, and a worked example."""
