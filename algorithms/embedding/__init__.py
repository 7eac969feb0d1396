"""Texts as vectors: the bundled model and its graph, the models that an extra brings, what is kept of each text."""
