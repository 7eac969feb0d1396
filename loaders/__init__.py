"""Raw artifacts to landed Parquet: knows formats, nothing of features."""
