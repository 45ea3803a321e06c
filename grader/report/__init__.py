"""What leaves: the instructor's page, feedback, exports, certificates, look-alikes.

May import: core to run; of speedlab course.
Used by: commands, demo.
Others use: certificates, export, feedback, html, report.
"""
