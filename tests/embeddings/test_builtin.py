from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from embeddings.encoder import Encoder
from embeddings.gloss import Glossary
from embeddings.training.export import CARD
from shared import shared_path

LARGEST = 25_000_000

POLICY = [
    "对获得国家级认定的智能网联汽车测试道路，给予运营单位一次性奖励。",
    "支持高校院所与企业共建联合实验室，培养人工智能专业人才。",
    "申请人应当在收到通知之日起十个工作日内提交申请材料。",
    "鼓励医院开展医学影像辅助诊断应用示范。",
    "本办法自发布之日起施行，有效期三年。",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.mark.parametrize(
    ("question", "position"),
    [
        ("Is there a reward for road tests of self-driving cars?", 0),
        ("自动驾驶上路测试有没有奖金？", 0),
        ("Can a university set up a laboratory together with a company?", 1),
        ("How many days do I have to hand in the application documents?", 2),
        ("Does the policy help hospitals with diagnosis from medical images?", 3),
        ("For how many years are the measures valid?", 4),
    ],
)
def test_a_question_in_either_language_finds_its_clause(
    encoder: Encoder, question: str, position: int
) -> None:
    similar = encoder.encode_query([question])[0] @ encoder.encode_document(POLICY).T
    assert similar.argmax() == position


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("subsidy", "补贴"),
        ("subsidies", "补贴"),
        ("robot", "机器人"),
        ("hospital", "医院"),
        ("patent", "专利"),
    ],
)
def test_an_english_word_is_glossed(encoder: Encoder, word: str, expected: str) -> None:
    assert expected in [term for term, _ in Glossary(encoder).gloss(word, k=5)]


def test_vectors_equal_those_of_sentence_transformers(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(encoder.folder), device="cpu").float()
    texts = [*POLICY, "How much is it? 20% of RMB 5 million.", "", "𠮷野家 ñandú"]
    assert np.abs(encoder.encode_document(texts) - theirs.encode_document(texts)).max() < 1e-5
    assert np.abs(encoder.encode_query(texts) - theirs.encode_query(texts)).max() < 1e-5


def test_vectors_have_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode_document(POLICY)
    assert vectors.shape == (len(POLICY), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_width_and_case_do_not_matter(encoder: Encoder) -> None:
    plain, wide = encoder.encode_query(["AI芯片20%补贴", "ａｉ芯片２０％补贴"])
    assert plain == pytest.approx(wide)


def test_the_folder_is_small_and_its_card_names_every_source(encoder: Encoder) -> None:
    files = [path for path in encoder.folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= LARGEST
    card = (encoder.folder / "README.md").read_text(encoding="utf-8")
    assert card == CARD.read_text(encoding="utf-8")
    for source, licence in {
        "CC-CEDICT": "CC BY-SA 4.0",
        "Tatoeba": "CC BY 2.0 FR",
        "NTREX-128": "CC BY-SA 4.0",
        "d2l-zh": "Apache-2.0",
        "STARD": "MIT",
    }.items():
        assert re.search(f"{source}.*{re.escape(licence)}", card), source
    assert "python -m embeddings.train --data" in card


def test_it_is_loaded_without_torch() -> None:
    script = (
        "import sys; from embeddings.encoder import Encoder; Encoder.load().encode_query(['补贴']);"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_english_questions_find_chinese_passages_of_xquad(encoder: Encoder) -> None:
    with gzip.open(shared_path("eval/xquad-zh-en.jsonl.gz"), "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    asked = [(number, q["en"]) for number, record in enumerate(records) for q in record["questions"]]
    passages = encoder.encode_document([record["passage_zh"] for record in records])

    similar = encoder.encode_query([question for _, question in asked]) @ passages.T

    best = np.argsort(-similar, axis=1)[:, :10]
    hits = [number in found for (number, _), found in zip(asked, best.tolist(), strict=True)]
    assert np.mean(hits) >= 0.8
