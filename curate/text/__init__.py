"""Reading text by the line: byte ranges, manifests, column names, paths."""
