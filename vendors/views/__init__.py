"""Pages of vendors: the directory, the profile, and the forms that fill them."""
