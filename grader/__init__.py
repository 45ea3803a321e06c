"""Tools for authors and graders: build lessons, find leaks, grade a class, report on it.

Where is what? Four groups; each uses those above it::

    authoring  lessons headers regions questions originals leaks build     scripts -> notebooks
    the box    box nest nests live limits watchdog wires crossing tables   what runs beside, and
               runner children pools probe shell evidence meeting faults   inside, a closed system
               system
    judging    source slicing merging prepared lesson_files questioning    verdicts that code in
               remote session bench benches judge judging checks witness   the box cannot touch
               extras verdicts grading
    the desk   archives handins collecting roster running crews            hand-ins -> results ->
               logs locks merged gradebook marks feedback                  gradebook -> pages
               report similarity pages exporting certificates releasing
               demo telling commands clusters refusing sweeping

`stock`, `places` and `skeletons` ask nbgrader itself, for all of them; `verdicts` is all else that
judging and the desk share.
docs/grading.md says how a hand-in is graded.
"""
