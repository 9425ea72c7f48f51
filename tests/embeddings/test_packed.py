from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from embeddings.encoder import Encoder
from embeddings.packed import stream
from embeddings.packed.model import load_model
from embeddings.packed.recipe import NotUnderstoodError, read_recipe, read_tokenizer
from embeddings.packed.stream import Stream, tokenize
from eval.bench.shapes import Shape, make_model

SMALL = {
    "bert": Shape("bert", 3, 64, 4, 96, 6_000, 128, "mean"),
    "bert-cls": Shape("bert", 3, 64, 4, 96, 6_000, 128, "cls"),
    "xlm-roberta": Shape("xlm-roberta", 2, 48, 4, 80, 50_000, 96, "cls"),
}
LONG = "补贴" * 400
TEXTS = [
    LONG,
    "对人工智能企业给予最高100万元补贴。",
    "subsidy for robots",
    "",
    "<pad> 补贴 <s> </s>",
    *(("研发费用" * n + "按30%补助")[: 7 * n] for n in range(1, 40)),
]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Several threads only wait for each other over so little."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small model of each kind that is run without padding."""
    return {name: make_model(shape, tmp_path_factory.mktemp(name)) for name, shape in SMALL.items()}


@pytest.fixture(params=SMALL)
def folder(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


def reference(folder: Path, texts: list[str]) -> np.ndarray:
    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
    return model.encode(texts, normalize_embeddings=True)


@pytest.fixture(scope="module")
def expected(folders: dict[str, Path]) -> dict[Path, np.ndarray]:
    """What sentence-transformers makes of the texts."""
    return {folder: reference(folder, TEXTS) for folder in folders.values()}


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1)


def changed(folder: Path, target: Path, file: str, **settings: object) -> Path:
    copy = shutil.copytree(folder, target)
    path = copy / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}), encoding="utf-8")
    return copy


def open_stream(folder: Path, budget: int) -> Stream:
    recipe = read_recipe(folder)
    return Stream(load_model(recipe, "cpu", torch.float32), read_tokenizer(recipe), budget)


@pytest.mark.parametrize(("dtype", "least"), [("float32", 0.9999), ("bfloat16", 0.999)])
def test_vectors_equal_the_plain_reference(
    folder: Path, expected: dict[Path, np.ndarray], dtype: str, least: float
) -> None:
    encoder = Encoder.load(folder, device="cpu", dtype=dtype)  # type: ignore[arg-type]

    assert encoder.note == "", "the folder must not fall back to sentence-transformers"
    found = encoder.encode_document(TEXTS)
    assert cosines(found, expected[folder]).min() >= least
    assert dtype != "float32" or np.abs(found - expected[folder]).max() < 1e-5


def test_the_batch_does_not_matter(folder: Path) -> None:
    parts = [dict(_rows(open_stream(folder, budget), TEXTS)) for budget in (1, 150, 10_000)]

    assert all(sorted(part) == list(range(len(TEXTS))) for part in parts)
    for row in parts[0]:
        assert np.abs(parts[0][row] - parts[1][row]).max() < 1e-5
        assert np.abs(parts[0][row] - parts[2][row]).max() < 1e-5


def test_vectors_leave_before_all_texts_are_encoded(folders: dict[str, Path]) -> None:
    running = open_stream(folders["bert"], 150)
    computed: list[int] = []
    running._model.register_forward_hook(lambda model, given, made: computed.append(len(made)))

    rows, _ = next(running.encode(TEXTS))

    assert 0 < len(rows) <= sum(computed) < len(TEXTS)


def test_texts_in_several_windows_keep_their_rows(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = dict(_rows(open_stream(folders["xlm-roberta"], 500), TEXTS))
    monkeypatch.setattr(stream, "FIRST_WINDOW", 5)
    apart = dict(_rows(open_stream(folders["xlm-roberta"], 500), TEXTS))

    assert sorted(apart) == list(range(len(TEXTS)))
    assert max(np.abs(apart[row] - whole[row]).max() for row in whole) < 1e-5


def test_too_little_memory_halves_the_budget_and_goes_on(folders: dict[str, Path]) -> None:
    expected = dict(_rows(open_stream(folders["bert"], 10_000), TEXTS))
    running = open_stream(folders["bert"], 10_000)

    def refuse(model: object, given: tuple[torch.Tensor, ...]) -> None:
        if len(given[0]) > 300:
            raise torch.OutOfMemoryError("CUDA out of memory")

    running._model.register_forward_pre_hook(refuse)
    found = dict(_rows(running, TEXTS))

    assert running.budget <= 300
    assert max(np.abs(found[row] - expected[row]).max() for row in expected) < 1e-5
    assert found.keys() == expected.keys()


def test_a_text_that_fits_in_no_memory_is_an_error(folders: dict[str, Path]) -> None:
    running = open_stream(folders["bert"], 10_000)

    def refuse(model: object, given: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    running._model.register_forward_pre_hook(refuse)
    with pytest.raises(torch.OutOfMemoryError):
        list(running.encode(TEXTS))


def test_no_token_is_padding(folder: Path) -> None:
    recipe = read_recipe(folder)
    tokenizer = read_tokenizer(recipe)
    running = open_stream(folder, 200)
    seen: list[int] = []
    running._model.register_forward_pre_hook(lambda model, given: seen.append(len(given[0])))

    list(running.encode(TEXTS))

    assert sum(seen) == sum(len(tokenizer.encode(text).ids) for text in TEXTS)
    assert max(seen) <= 200


def test_compiled_layers_give_the_same_vectors(folders: dict[str, Path]) -> None:
    plain = dict(_rows(open_stream(folders["bert"], 500), TEXTS))
    running = open_stream(folders["bert"], 500)
    running._model.compile_layers()
    compiled = dict(_rows(running, TEXTS))

    assert running._model.compiled
    assert max(np.abs(compiled[row] - plain[row]).max() for row in plain) < 1e-5


def test_weights_as_older_folders_hold_them(folders: dict[str, Path], tmp_path: Path) -> None:
    from safetensors.torch import load_file

    copy = shutil.copytree(folders["bert"], tmp_path / "older")
    weights = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    old = {f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma"): t for name, t in weights.items()}
    torch.save(old, copy / "pytorch_model.bin")
    (copy / "sentence_bert_config.json").write_text('{"max_seq_length": 128, "do_lower_case": false}')
    pooling = {
        "word_embedding_dimension": 64,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
    }
    (copy / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 64, **pooling}))

    found, expected = (
        Encoder.load(where, device="cpu", dtype="float32").encode_document(TEXTS)
        for where in (copy, folders["bert"])
    )

    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("file", "settings", "said"),
    [
        ("1_Pooling/config.json", {"pooling_mode": "max"}, "pooling max"),
        ("1_Pooling/config.json", {"pooling_mode": ["cls", "mean"]}, "pooling cls, mean"),
        ("1_Pooling/config.json", {"include_prompt": False}, "pooling"),
        ("config.json", {"hidden_act": "relu"}, "hidden_act relu"),
        ("tokenizer_config.json", {"do_lower_case": False}, "do_lower_case"),
    ],
)
def test_what_is_not_understood_goes_through_sentence_transformers(
    folders: dict[str, Path], tmp_path: Path, file: str, settings: dict[str, object], said: str
) -> None:
    copy = changed(folders["bert"], tmp_path / "other", file, **settings)
    encoder = Encoder.load(copy, device="cpu", dtype="float32")

    assert encoder.note.startswith("the model runs through sentence-transformers: ")
    assert said in encoder.note
    assert cosines(encoder.encode_document(TEXTS), reference(copy, TEXTS)).min() > 0.9999


def test_another_kind_of_model_is_not_understood(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = changed(folders["bert"], tmp_path / "other", "config.json", model_type="deberta-v2")
    with pytest.raises(NotUnderstoodError, match="model type deberta-v2"):
        read_recipe(copy)


def test_weights_of_another_shape_are_not_understood(folders: dict[str, Path]) -> None:
    recipe = replace(read_recipe(folders["bert"]), layers=9)
    with pytest.raises(NotUnderstoodError, match=r"weights without encoder\.layer\.3"):
        load_model(recipe, "cpu", torch.float32)


def test_a_long_text_is_cut_at_the_models_longest(folder: Path) -> None:
    recipe = read_recipe(folder)
    tokens = tokenize(read_tokenizer(recipe), recipe, [LONG])

    assert len(tokens.ids) == recipe.longest


def test_several_devices_share_the_texts(folders: dict[str, Path]) -> None:
    from embeddings.packed.pool import encode_on_devices

    shared = encode_on_devices(folders["bert"], torch.float32, TEXTS, ["cpu", "cpu"])
    alone = dict(_rows(open_stream(folders["bert"], 2_048), TEXTS))

    assert max(np.abs(shared[row] - alone[row]).max() for row in alone) < 1e-5


def _rows(running: Stream, texts: list[str]):  # type: ignore[no-untyped-def]
    for rows, vectors in running.encode(texts):
        yield from zip(rows.tolist(), vectors, strict=True)
