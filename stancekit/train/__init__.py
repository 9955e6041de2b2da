"""Training and evaluation: the only part that imports scikit-learn."""

from stancekit.train.estimator import StanceClassifier
from stancekit.train.evaluate import cross_validate, evaluate
from stancekit.train.fit import train
from stancekit.train.report import EvaluationReport, TrainingReport

__all__ = ["EvaluationReport", "StanceClassifier", "TrainingReport", "cross_validate", "evaluate", "train"]
