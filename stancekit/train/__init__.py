"""Training and evaluation: the only part that imports scikit-learn."""

from stancekit.train.estimator import StanceClassifier
from stancekit.train.evaluate import EvaluationReport, cross_validate, evaluate
from stancekit.train.fit import TrainingReport, train

__all__ = ["EvaluationReport", "StanceClassifier", "TrainingReport", "cross_validate", "evaluate", "train"]
