"""What the cosine similarities of an embedder mean. Each has a scale of its own: unrelated sentences have .1 or .8.

Thresholds on similarities are written in shares of the way from `unrelated` to `paraphrase`, so that they hold for any
embedder; the two ends are measured with a few sentences, once at the start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youju.embedding.base import Embedder

# Sentences that say the same; no two pairs are about the same thing.
PAIRS = (
    ("The warranty ends after three years.", "After three years the guarantee is over."),
    ("Please switch off the machine before you clean it.", "Turn the device off prior to cleaning."),
    ("The museum is closed on Mondays.", "You cannot visit the museum on a Monday."),
    ("Rainfall was lower than usual last spring.", "It rained less than normal in the spring of last year."),
    ("She was elected mayor of the town.", "The town chose her as its mayor."),
    ("员工每年有十五天年假。", "每位员工一年可以休十五天假。"),
    ("请在使用前充满电。", "使用之前先把电池充满。"),
    ("会议改到下周三下午。", "开会时间推迟到下星期三下午。"),
    ("这种药不能和酒一起服用。", "服用此药期间禁止饮酒。"),
    ("火车早上七点从北京开出。", "早上七点有一班火车离开北京。"),
)


@dataclass(frozen=True)
class SimilarityScale:
    """Cosine similarities: of sentences that have nothing to do with each other, and of those that say the same."""

    unrelated: float
    paraphrase: float

    @property
    def spread(self) -> float:
        return self.paraphrase - self.unrelated

    def share(self, similarity: float) -> float:
        """How far from unrelated (0) to saying the same (1)."""
        return min(1.0, max(0.0, (similarity - self.unrelated) / self.spread))


BUNDLED = "multilingual-e5-small"
E5_SMALL = SimilarityScale(0.78, 0.92)
"""Of the bundled embedder, for which the thresholds were chosen."""
LEAST_SPREAD = 0.02  # of an embedder that tells nothing apart, so that nothing is divided by zero


def measure_scale(embedder: Embedder) -> SimilarityScale:
    """The scale of an embedder: the mean similarity of sentences of different pairs, and the median one within pairs.

    No pair crosses languages: of an embedder that knows only one, they would say that the same is not alike.
    """
    first, second = (embedder.embed_queries([pair[side] for pair in PAIRS]) for side in (0, 1))
    similarities = first @ second.T
    unrelated = float(similarities[~np.eye(len(PAIRS), dtype=bool)].mean())
    paraphrase = float(np.median(np.diag(similarities)))
    return SimilarityScale(unrelated, max(paraphrase, unrelated + LEAST_SPREAD))


def scale_of(embedder: Embedder) -> SimilarityScale:
    """The known scale of the bundled embedder; that of another one is measured."""
    return E5_SMALL if embedder.name == BUNDLED else measure_scale(embedder)
