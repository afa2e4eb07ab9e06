"""A reading in, a document out that other systems understand."""
