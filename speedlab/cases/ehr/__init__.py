"""The hospital case: check every record, take out who it is about, and know who is at risk."""
