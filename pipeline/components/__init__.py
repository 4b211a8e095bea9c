"""The spaCy components: one a module, one factory each; finding apart from writing to the Doc."""
