"""One FHIR record at a time: find it, read it, check it, take out who it is about.

May import: core, cases/shared.
Used by: the hospital case.
Others use: check, extract, fields, keys, models, pseudonyms, read, rules, versions.
"""
