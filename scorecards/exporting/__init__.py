"""Files that leave the product: rankings as CSV and XLSX."""
