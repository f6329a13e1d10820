"""Embedders: whoever turns texts into rows of numbers. What they answer to is `ports.embedding.Embedder`."""
