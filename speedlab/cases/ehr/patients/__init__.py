"""All that is known of one patient: facts, stays, scores, the table for the wards.

May import: core, records.
Used by: the hospital case.
Others use: fact_files, facts, linking, table.
"""
