"""Fraud detection: data, features, metrics and the nightly job."""
