from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import PolicyQAError
from embeddings.encoder import Encoder
from embeddings.train import Recipe, main, train
from embeddings.training.examples import Examples, tokenize_sources
from embeddings.training.fit import compose
from embeddings.training.sources import Sources, clean_gloss, read_questions, read_sources
from embeddings.training.vocabulary import build_tokenizer
from embeddings.training.words import split_words, stem

CEDICT = """# CC-CEDICT
補貼 补贴 [bu3 tie1] /to subsidize/subsidy/allowance/
機器人 机器人 [ji1 qi4 ren2] /robot/
人工智能 人工智能 [ren2 gong1 zhi4 neng2] /artificial intelligence (AI)/
智能 智能 [zhi4 neng2] /intelligent/smart/
工廠 工厂 [gong1 chang3] /factory/CL:家[jia1],座[zuo4]/
工 工 [gong1] /work/worker/
企業 企业 [qi3 ye4] /company; firm; enterprise/
申請 申请 [shen1 qing3] /to apply for sth/application/
"""
PAIRS = [
    ("The factory needs robots.", "工厂需要机器人。"),
    ("The company applies for a subsidy.", "企业申请补贴。"),
    ("Artificial intelligence helps workers.", "人工智能帮助工人。"),
]
TINY = Recipe(
    chinese=60,
    english=80,
    pieces=60,
    dimension=16,
    steps=60,
    batch=16,
    shares={
        "dictionary": 1,
        "word_bags": 1,
        "parallel": 1,
        "articles": 1,
        "glossed": 1,
        "synonyms": 1,
        "enriched": 1,
    },
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder with a few lines of each kind."""
    folder = tmp_path_factory.mktemp("data")
    write_gzip(folder / "cedict.u8.gz", CEDICT)
    write_gzip(folder / "tatoeba.en-zh.tsv.gz", "".join(f"{en}\t{zh}\tsource\n" for en, zh in PAIRS))
    (folder / "ntrex.en.txt").write_text("".join(en + "\n" for en, _ in PAIRS), encoding="utf-8")
    (folder / "ntrex.zh.txt").write_text("".join(zh + "\n" for _, zh in PAIRS), encoding="utf-8")
    documents = [{"source": "own", "en": "# " + en, "zh": zh} for en, zh in PAIRS]
    write_gzip(folder / "tech-docs.en-zh.jsonl.gz", json_lines(documents))
    questions = [
        {"query": f"第{n}个工厂怎么申请？", "articles": [f"企业申请补贴的条件{n}。"]} for n in range(10)
    ]
    write_gzip(folder / "stard-train.jsonl.gz", json_lines(questions))
    return folder


@pytest.fixture(scope="module")
def sources(data: Path) -> Sources:
    return read_sources(data)


def test_training_is_the_same_to_the_bit_and_loads_everywhere(data: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    first, second = tmp_path / "first", tmp_path / "second"
    train(data, first, TINY)
    train(data, second, TINY)

    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert Path("modules.json") in names
    assert [path for path in names if (first / path).read_bytes() != (second / path).read_bytes()] == []
    texts = ["subsidy for robots", "机器人补贴", ""]
    theirs = SentenceTransformer(str(first), device="cpu").float().encode(texts)
    assert np.abs(Encoder.load(first).encode_query(texts) - theirs).max() < 1e-5


def test_training_brings_translations_together(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path / "model", replace(TINY, steps=200))
    encoder = Encoder.load(tmp_path / "model")

    similar = (
        encoder.encode_query(["robot", "factory", "subsidy"])
        @ encoder.encode_document(["机器人", "工厂", "补贴"]).T
    )

    assert similar.argmax(axis=1).tolist() == [0, 1, 2]


def test_an_existing_model_is_replaced_whole(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "model"
    output.mkdir()
    (output / "stale.txt").write_text("from before", encoding="utf-8")

    train(data, output, replace(TINY, steps=2))

    assert not (output / "stale.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_missing_data_ends_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PolicyQAError):
        train(tmp_path, tmp_path / "model", TINY)
    argv = ["--data", str(tmp_path), "--output", str(tmp_path / "model")]

    assert main(argv) == 2

    error = capsys.readouterr().err.strip()
    assert error.startswith("Cannot read the training data")
    assert "\n" not in error
    assert not (tmp_path / "model").exists()


def test_every_fifth_question_is_held_out(data: Path, sources: Sources) -> None:
    held_out = read_questions(data, held_out=True)

    assert [question for question, _ in held_out] == ["第4个工厂怎么申请？", "第9个工厂怎么申请？"]
    assert len(sources.questions) == 8
    assert not {question for question, _ in held_out} & {question for question, _ in sources.questions}


@pytest.mark.parametrize(
    ("gloss", "cleaned"),
    [
        ("to apply for sth", "apply for"),
        ("artificial intelligence (AI)", "artificial intelligence"),
        ("CL:家[jia1],座[zuo4]", ""),
        ("variant of 裡|里[li3]", ""),
        ("surname Wang", ""),
        ("abbr. for 人工智能[ren2 gong1 zhi4 neng2]", ""),
        ("a factory", "factory"),
    ],
)
def test_clean_gloss(gloss: str, cleaned: str) -> None:
    assert clean_gloss(gloss) == cleaned


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("policies", "policy"),
        ("policy", "policy"),
        ("subsidies", "subsidy"),
        ("companies", "company"),
        ("robots", "robot"),
        ("planned", "plan"),
        ("plan", "plan"),
        ("requiring", "requir"),
        ("requires", "requir"),
        ("business", "business"),
        ("is", "is"),
        ("补贴", "补贴"),
    ],
)
def test_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_split_words_takes_the_longest_known_word() -> None:
    known = {"人工", "人工智能", "工厂"}
    assert list(split_words("ai:人工智能工厂有2个robot", known)) == [
        "ai", "人工智能", "工厂", "有", "个", "robot",
    ]  # fmt: skip


def test_tokenizer_folds_and_falls_back(sources: Sources) -> None:
    tokenizer = build_tokenizer(sources, chinese=2_000, english=2_000, pieces=60)

    assert tokenizer.encode("ＲＯＢＯＴ、人工智能！").tokens == ["robot", "人工智能"]
    assert "".join(tokenizer.encode("robotization").tokens) == "robotization"
    assert tokenizer.encode("。！？ \n").tokens == []


def test_the_vocabulary_does_not_hang_on_the_order_of_sets(data: Path) -> None:
    script = (
        "import sys; from pathlib import Path;"
        "from embeddings.training.sources import read_sources;"
        "from embeddings.training.vocabulary import build_tokenizer;"
        "sys.stdout.write(build_tokenizer(read_sources(Path(sys.argv[1])), 200, 200, 60).to_str())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(data)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_words_share_features_with_their_kin(sources: Sources) -> None:
    tokenizer = build_tokenizer(sources, chinese=2_000, english=2_000, pieces=60)
    composition = compose(tokenizer)

    def features(token: str) -> set[int]:
        row = tokenizer.token_to_id(token)
        return set(composition.features[composition.starts[row] : composition.starts[row + 1]].tolist())

    assert features("人工智能") & features("智能")
    assert features("robots") & features("robot")
    assert not features("robot") & features("企业")


def test_streams_pair_a_question_with_its_own_passage(sources: Sources) -> None:
    tokenizer = build_tokenizer(sources, chinese=60, english=80, pieces=60)
    examples = Examples(tokenize_sources(sources, tokenizer), tokenizer.get_vocab_size(), seed=1)
    glossary = {
        (tuple(tokenizer.encode(gloss).ids), tuple(tokenizer.encode(entry.word).ids))
        for entry in sources.dictionary
        for gloss in entry.glosses
    }

    pairs = {(tuple(question), tuple(passage)) for question, passage in examples.dictionary(50)}

    assert pairs <= glossary
    assert len(pairs) > 3


def json_lines(records: list[dict[str, object]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write_gzip(path: Path, text: str) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)
