"""Official records about manufacturing sites: their file formats and what they say about a site."""
