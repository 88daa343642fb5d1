"""Forms of vendors' pages: they check what is typed; services decide what is true and write it."""
