"""The clinic's work, with no widgets and no database."""
