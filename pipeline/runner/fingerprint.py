"""What the results of a run depend on, as three hashes: the model, the rules, the configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.runner.work import ANNOTATOR, Job

__all__ = ["Fingerprint", "fingerprint"]

LENGTH = 16
DATA_FOLDERS = ("rules", "lexicons", "page", "components")
UNREAD = (
    "max_file_bytes",
    "max_row_bytes",
    "max_characters",
    "max_unpacked_bytes",
    "exclude",
    "stdin_format",
)


@dataclass(frozen=True)
class Fingerprint:
    """Hashes (sha256, 16 hex digits) of what decides a run's results."""

    model: str
    rules: str
    config: str


def fingerprint(job: Job, format_: str) -> Fingerprint:
    """Hashes of a job's model files, rule and lexicon files, and of everything set by options.

    The version of renzhi counts as configuration. The limits on the size of an input do not:
    raising one must not do a whole corpus again.
    RAISES ModelError: there is no such model. OSError: a file cannot be read.
    """
    import pipeline
    from pipeline.model import MODEL_FOLDERS, PROGRAMME_MODEL, WORD_MODEL, find_model
    from pipeline.schema import SCHEMA_VERSION

    read = {key: value for key, value in asdict(job.read).items() if key not in UNREAD}
    config: dict[str, Any] = {
        "factory": job.factory,
        "format": format_,
        "min_score": job.config.get("min_score"),
        "read": read,
        "schema": SCHEMA_VERSION,
        "version": pipeline.__version__,
    }
    if job.factory != ANNOTATOR:
        config["config"] = dict(job.config)
        return Fingerprint(_digest([b"none"]), _digest([b"none"]), _digest([_json(config)]))
    package = Path(pipeline.__file__).parent
    rules = [package / folder for folder in DATA_FOLDERS]
    beside = [PROGRAMME_MODEL]
    if job.config.get("words"):
        beside.append(WORD_MODEL)
        config["words"] = True  # no key where it is off: what was done without it stays done
    models = [folder / name for name in beside for folder in MODEL_FOLDERS]
    own = [Path(path) for path in job.config.get("rules") or ()]
    return Fingerprint(
        _digest(_contents([find_model(job.config.get("model")), *models])),
        _digest(_contents([*rules, *own])),
        _digest([_json(config)]),
    )


def _json(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)


def _contents(roots: Iterable[Path]) -> Iterable[bytes]:
    """Names, below each root, and contents of the data files; code counts by its version."""
    for root in roots:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in files:
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                yield path.relative_to(root).as_posix().encode()
                yield path.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:LENGTH]
