"""What learners see around the lessons; so far the settings of the Jupyter server."""
