from pathlib import Path

from corpus.collection import shipped_corpus
from corpus.types import ClauseKind
from embeddings.encoder import Encoder
from eval.bench.external import index_passages, product_scores
from eval.bench.held_out import held_out_questions, hits
from eval.bench.model import Task, recall

PASSAGES = [
    "大熊猫吃竹子，住在四川的山里。",
    "长江是中国最长的河流。",
    "用人单位拖欠工资的，劳动者可以申请劳动仲裁。",
]


def test_each_passage_is_found_by_its_own_document(tmp_path: Path) -> None:
    questions = ["哪条河最长？", "老板不发工资怎么办？", "What do giant pandas eat?"]
    task = Task("three", 1, PASSAGES, questions, [[{1}], [{2}], [{0}]])
    scores = product_scores(index_passages(PASSAGES, tmp_path), task)
    assert scores.shape == (3, 3)
    assert recall(scores, task.wanted, task.k) == 1.0


def test_held_out_questions_look_for_clauses_of_every_fifth_document() -> None:
    corpus = shipped_corpus()
    questions = held_out_questions(corpus)
    clauses = {clause.id: clause for clause in corpus.clauses}
    documents = [document.id for document in corpus.documents]
    assert {q.document for q in questions} == set(documents[4::5])
    assert all(clauses[q.clause].document == q.document for q in questions)
    assert ClauseKind.PARAGRAPH not in {clauses[q.clause].kind for q in questions}
    found = hits(Encoder.load(), corpus, questions[:40])
    assert 0.5 < sum(found) / len(found) <= 1.0
