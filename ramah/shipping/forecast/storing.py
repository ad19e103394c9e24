"""A model as bytes: arrays and one JSON text in an npz file, read without pickle, so that a stored model can run nothing."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import numpy as np

from ramah.shipping.forecast.features import Recipe
from ramah.shipping.forecast.groups import Level
from ramah.shipping.forecast.model import Model, StageModel
from ramah.shipping.forecast.outcomes import COLUMNS, Standing
from ramah.shipping.forecast.survival import Gaps
from ramah.shipping.forecast.table import ForecastError
from ramah.shipping.forecast.trees import Forest

FORMAT: Final = 1
_CURVES: Final = ("stack", "beta", "knots", "followed")
Arrays = Mapping[str, "np.ndarray[Any, Any]"]


def dump(model: Model) -> bytes:
    """The model as an npz file."""
    arrays: dict[str, np.ndarray[Any, Any]] = {"gaps": model.gaps.still}
    head: dict[str, Any] = {"format": FORMAT, "trained_at": model.trained_at, "rows": model.rows, "stages": {}}
    head["columns"] = [[name, str(half_life)] for name, half_life in COLUMNS]
    head["lost_share"] = model.gaps.lost_share
    for stage, one in model.stages.items():
        recipe = one.recipe
        head["stages"][stage] = {
            "chain": recipe.chain,
            "alone": recipe.alone,
            "widenings": dict(recipe.widenings),
            "numbers": recipe.numbers,
            "times": recipe.times,
            "weights": [recipe.weights.get(level, ()) for level in recipe.levels],
            "names": one.names,
            "shift": one.shift,
            "report": dict(one.report),
            "at": model.standings[stage].at,
            "has_trees": one.forest is not None,
        }
        arrays |= {f"{stage}.{name}": getattr(one, name) for name in _CURVES} | {f"{stage}.week": recipe.week}
        if one.forest:
            arrays |= {f"{stage}.forest.{part.name}": getattr(one.forest, part.name) for part in fields(Forest)}
        for number, level in enumerate(recipe.levels):
            keys, sums = model.standings[stage].levels[level]
            arrays |= {f"{stage}.keys.{number}": keys, f"{stage}.sums.{number}": sums.astype(np.float32)}
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def load(blob: bytes) -> Model:
    """The model of such a file. Raises `ForecastError` for anything else, and for one of another version."""
    try:
        with np.load(io.BytesIO(blob), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        head = json.loads(arrays["head"].tobytes())
        if head["format"] != FORMAT or head["columns"] != [[name, str(half_life)] for name, half_life in COLUMNS]:
            raise ForecastError("the stored model is of another version: train again.")
        stages = {stage: _stage(stage, told, arrays) for stage, told in head["stages"].items()}
        standings = {stage: _standing(stage, head["stages"][stage], one, arrays) for stage, one in stages.items()}
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
        if isinstance(error, ForecastError):
            raise
        raise ForecastError("this is no stored model.") from error
    gaps = Gaps(arrays["gaps"], head["lost_share"])
    return Model(stages, standings, head["trained_at"], head["rows"], gaps)


def _levels(told: list[list[str]]) -> list[Level]:
    return [tuple(level) for level in told]


def _stage(stage: str, told: Mapping[str, Any], arrays: Arrays) -> StageModel:
    chain, alone = _levels(told["chain"]), _levels(told["alone"])
    weights = {level: tuple(pair) for level, pair in zip([*chain, *alone], told["weights"], strict=True) if pair}
    recipe = Recipe(
        stage=stage,
        chain=chain,
        alone=alone,
        widenings=told["widenings"],
        numbers=tuple(told["numbers"]),
        times=tuple(told["times"]),
        week=arrays[f"{stage}.week"],
        weights=weights,
    )
    forest = None
    if told["has_trees"]:
        forest = Forest(**{part.name: arrays[f"{stage}.forest.{part.name}"] for part in fields(Forest)})
    curves = {name: arrays[f"{stage}.{name}"] for name in _CURVES}
    return StageModel(recipe, tuple(told["names"]), forest, **curves, shift=told["shift"], report=told["report"])


def _standing(stage: str, told: Mapping[str, Any], one: StageModel, arrays: Arrays) -> Standing:
    levels = {
        level: (arrays[f"{stage}.keys.{number}"], arrays[f"{stage}.sums.{number}"].astype(np.float64))
        for number, level in enumerate(one.recipe.levels)
    }
    return Standing(told["at"], levels)
