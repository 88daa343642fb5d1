"""Units of batches and yearly rates."""

from vendors.vocabulary.code import Code


class BatchUnit(Code):
    """The unit of a batch size."""

    L = "L", "L"
    KG = "kg", "kg"
    G = "g", "g"
    MG = "mg", "mg"
    VG = "vg", "vector genomes"
    TU = "TU", "transducing units"
    CELLS = "cells", "cells"
    VIALS = "vials", "vials"
    UNITS = "units", "units"


class RateUnit(Code):
    """The unit of a yearly capacity or need."""

    BATCHES = "batches/y", "batches a year"
    PATIENTS = "patients/y", "patients a year"
    KG = "kg/y", "kg a year"
    UNITS = "units/y", "units a year"


class NeedAt(Code):
    """The moment a need of scale is for."""

    NOW = "now", "Now"
    TARGET = "target", "At the target phase"
