"""The knowledge graph: identity across documents, the Oxigraph store, exports, pictures."""
