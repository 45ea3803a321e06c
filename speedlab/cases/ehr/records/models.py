"""What the library knows of each resource type of FHIR R4."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

COMMON = ("patient", "encounter", "condition", "observation", "medicationrequest", "procedure")
MODULES = tuple(f"fhir.resources.R4B.{name}" for name in COMMON)
"""The modules of the frequent types: loaded before any worker starts, they cost nobody time."""


@lru_cache(maxsize=256)
def model_of(kind: str) -> Any:
    """Return the class that knows the structure of a resource type, or None."""
    from fhir.resources.R4B import get_fhir_model_class
    from fhir.resources.R4B.resource import Resource

    try:
        model = get_fhir_model_class(kind)
    except (LookupError, ValueError, ImportError, AttributeError):
        return None
    return model if issubclass(model, Resource) else None
