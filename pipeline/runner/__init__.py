"""Corpus runs: shards, manifest, resume, rejects; local worker pool and Ray."""
