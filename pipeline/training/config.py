"""The training configuration: one ``.cfg`` file that reproduces one model."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from pipeline.errors import ConfigError
from pipeline.training.sections import Section, read_sections

__all__ = [
    "SILVER",
    "CorpusConfig",
    "EncoderConfig",
    "LexiconConfig",
    "LexiconSource",
    "SilverConfig",
    "StageConfig",
    "TrainingConfig",
    "read_config",
]


SILVER = "silver"


class CorpusConfig(Section):
    """One data file.

    path: below the data folder; one that begins with ``../`` is taken from the configuration's
    folder. format: see `annotations.datasets.FORMATS`.
    about: one line on source and licence, for the model card.
    texts: for the format ``standoff``, the folder of the texts, below the data folder.
    hold_out: share of the samples that is kept out of training to fit the calibration.
    variants: copies of each sample with other names in it, added to the samples themselves.
    """

    path: str
    format: str
    dialect: str
    about: str = ""
    texts: str | None = None
    variants: int = Field(default=0, ge=0)
    hold_out: float = Field(default=0.0, ge=0, lt=1)


class LexiconSource(Section):
    """Words of one gazetteer category.

    path: a file below the data folder, or below the package's lexicons with ``package = true``.
    column: tab-separated column of the word; least: smallest count (in the column after it) kept.
    """

    path: str
    package: bool = False
    column: int = 0
    least: int = 0


class LexiconConfig(Section):
    """The lexicon. general_words: add jieba's dictionary, with one category a word class.

    own_vector_from: a word seen this often in the training texts gets a vector of its own.
    pretrained: start from public word vectors; a word that they hold gets a vector of its own.
    variant_persons, variant_places: the sources that variants of samples draw names from.
    """

    general_words: bool = True
    own_vector_from: int = Field(default=3, ge=1)
    pretrained: bool = True
    sources: dict[str, list[LexiconSource]] = Field(default={})
    variant_persons: str = "person"
    variant_places: str = "division"


class EncoderConfig(Section):
    """Widths and dropout of the network; ``lac`` starts its lower units from LAC's weights."""

    char_width: int = Field(default=128, ge=4)
    bigram_width: int = Field(default=48, ge=4)
    word_width: int = Field(default=40, ge=4)
    dialect_width: int = Field(default=8, ge=1)
    hidden: int = Field(default=160, ge=4)
    layers: int = Field(default=2, ge=1)
    dropout: float = Field(default=0.4, ge=0, lt=1)
    word_dropout: float = Field(default=0.1, ge=0, lt=1)
    lac: bool = True


class StageConfig(Section):
    """One stretch of training.

    shares: corpus to how often a pass goes over it (0.5: half). part: share of the planned steps
    that is run; the learning rate falls as if all were. replicas: run the stage so many times from
    the same averaged weights, in other orders, and go on with the mean of their weights.
    mean_with_start: go on with the mean of the weights before and after the stage.
    """

    passes: float = Field(gt=0)
    part: float = Field(default=1.0, gt=0, le=1)
    replicas: int = Field(default=1, ge=1)
    mean_with_start: bool = False
    rate: float = Field(gt=0)
    batch_characters: int = Field(default=4096, ge=64)
    warm_up: float = Field(default=0.05, ge=0, lt=1)
    shares: dict[str, float]


class SilverConfig(Section):
    """The corpus ``silver``: articles below the data folder, labelled by the model so far.

    sure: a span found with a smaller probability is left unknown.
    """

    texts: str
    sure: float = Field(default=0.8, ge=0, le=1)


class TrainingConfig(Section):
    """A whole run. dialect: the convention that the shipped pipeline follows."""

    about: str = ""
    seed: int = 0
    threads: int = Field(default=2, ge=1)
    dialect: str = "native"
    average: float = Field(default=0.998, ge=0, lt=1)
    corpora: dict[str, CorpusConfig]
    silver: SilverConfig | None = None
    lexicon: LexiconConfig = LexiconConfig()
    encoder: EncoderConfig = EncoderConfig()
    stages: dict[str, StageConfig]
    checks: dict[str, CorpusConfig] = Field(default={})


def read_config(path: Path) -> TrainingConfig:
    """Read and check a configuration.

    RAISES BadInputError: the file cannot be read. ConfigError: an unknown key, a value of the wrong
    kind, or a stage that names an unknown corpus; one line that names the file and the key.
    """
    config = read_sections(path, TrainingConfig, within="training")
    config = config.model_copy(
        update={
            "corpora": {name: _anchored(one, path) for name, one in config.corpora.items()},
            "checks": {name: _anchored(one, path) for name, one in config.checks.items()},
        }
    )
    for name, stage in config.stages.items():
        unknown = set(stage.shares) - set(config.corpora)
        if config.silver is not None:
            unknown.discard(SILVER)
        if unknown:
            raise ConfigError(f"{path}: stages.{name}.shares: no corpus '{min(unknown)}'")
    return config


def _anchored(corpus: CorpusConfig, config: Path) -> CorpusConfig:
    if not corpus.path.startswith("../"):
        return corpus
    return corpus.model_copy(update={"path": str((config.parent / corpus.path).resolve())})
