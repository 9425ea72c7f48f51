"""Logistic regression with balanced classes: fitting, cross-validation, the area under the curve."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
FOLDS = 10
_RIDGE = 1.0
_STEPS = 50
_CLOSE = 1e-8


def fit_logistic(signals: Floats, labels: Floats) -> Floats:
    """The constant and the weights that make the labels most likely, by Newton's method.

    Both classes weigh the same in all, and a ridge of 1 on the weights keeps them finite where a signal tells
    the classes wholly apart.

    Args:
        signals: (questions, signals).
        labels: 1 where the documents hold an answer, else 0.

    Returns:
        The constant, then one weight a signal.
    """
    design = np.column_stack([np.ones(len(signals)), signals])
    weight = np.where(labels == 1, 0.5 / max(1, labels.sum()), 0.5 / max(1, (1 - labels).sum())) * len(labels)
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[0] = 0.0
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(design @ beta)))
        gradient = design.T @ (weight * (labels - chance)) - ridge * beta
        curvature = (design * (weight * chance * (1 - chance))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curvature + _CLOSE * np.eye(len(beta)), gradient)
        beta = beta + step
        if np.abs(step).max() < _CLOSE:
            break
    return beta


def predict(beta: Floats, signals: Floats) -> Floats:
    """The probability of an answer for each question."""
    chances: Floats = 1 / (1 + np.exp(-(beta[0] + signals @ beta[1:])))
    return chances


def fold_of(name: str) -> int:
    """The fold of a question or dialogue: the same in every run, whatever the other questions are."""
    return hashlib.sha256(name.encode()).digest()[0] % FOLDS


def area_under_curve(chances: Floats, labels: Floats) -> float:
    """How often an answerable question gets a higher probability than one without an answer (ties half)."""
    right, wrong = chances[labels == 1], chances[labels == 0]
    if not len(right) or not len(wrong):
        return float("nan")
    above = (right[:, None] > wrong).mean() + 0.5 * (right[:, None] == wrong).mean()
    return float(above)


def out_of_fold(signals: Floats, labels: Floats, folds: Sequence[int]) -> list[Floats]:
    """For each fold the constant and weights fitted on all the other folds."""
    held = np.array(folds)
    return [fit_logistic(signals[held != fold], labels[held != fold]) for fold in range(FOLDS)]
