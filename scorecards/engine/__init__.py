"""Pure arithmetic of a scorecard: value functions, weights, aggregation, ranks, digests.

Nothing here knows Django, the database or the clock. Values are integer parts per million, leaf weights
integer parts per billion that sum to exactly one billion, scores integers in units of 1e-15, so that the same
input gives the same bits on every machine, in every batch and in any order.
"""

ENGINE_VERSION = "3"
"""Part of every input digest: raised when the same input may give another output."""
