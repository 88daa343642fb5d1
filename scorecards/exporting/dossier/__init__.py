"""The decision dossier: a frozen calculation with its decision and signatures, to read, print, check and keep."""
