"""Corpus runs: shards, manifest, resume, rejects; local worker pool and Ray."""

from __future__ import annotations

from pipeline.runner.run import RunOptions, Summary, run
from pipeline.runner.work import Job

__all__ = ["Job", "RunOptions", "Summary", "run"]
