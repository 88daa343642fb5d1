"""The live services of the authorities: how to ask each for its pages, bounded in time and size."""
