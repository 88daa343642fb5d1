"""Reading files that people upload into rows, safely and one at a time."""
