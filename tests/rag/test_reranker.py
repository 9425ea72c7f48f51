"""Cross-encoders of the real kind, small and trained here: loading, scoring, reranking."""

import shutil

import pytest
from small_cross_encoder import small_cross_encoder
from writable import RIGHT

from corpus.errors import PolicyQAError
from rag.engine import PolicyQA
from rag.reranker import RERANKED, CrossEncoderModel, CrossEncoders, _passage

SAID, CLAIM, TURNED = "给予20万元补助。", "A subsidy of RMB 200,000 is given.", "No subsidy is given."
KNOWN = {(SAID, CLAIM): 0, (CLAIM, SAID): 0, (SAID, TURNED): 2, (SAID, "Firms pay tax."): 1}


@pytest.fixture(scope="module")
def entailing(tmp_path_factory):
    return small_cross_encoder(tmp_path_factory.mktemp("entailing"), KNOWN)


@pytest.fixture(scope="module")
def ranking(tmp_path_factory, policies_index):
    """A reranker that takes the second candidate of a question for the only right one."""
    engine = PolicyQA.from_path(policies_index)
    found = [c.clause_id for c in engine.search(RIGHT)][:6]
    known = {(RIGHT, _passage(c, engine._snapshot.index)): int(c == found[1]) for c in found}
    return small_cross_encoder(tmp_path_factory.mktemp("ranking"), known, ("relevance",))


def test_it_tells_whether_a_claim_follows(entailing):
    model = CrossEncoderModel.load(str(entailing), "entailment")
    yes, back, no, other = model.score(list(KNOWN))
    assert min(yes, back) > 0.9 and max(no, other) < 0.1 and model.name == str(entailing)
    assert model.score([]) == []


def test_a_claim_that_is_read_in_part_is_not_said_to_follow(entailing):
    model = CrossEncoderModel.load(str(entailing), "entailment")
    model._model.max_seq_length = len(SAID) + len(CLAIM) + 3  # four marks join the two
    assert model.score([(SAID, CLAIM)]) == [0.0]
    model._model.max_seq_length += 1
    assert model.score([(SAID, CLAIM)])[0] > 0.9


def test_the_best_candidates_are_read_anew(policies_index, ranking):
    plain = PolicyQA.from_path(policies_index).search(RIGHT)
    engine = PolicyQA.from_path(policies_index, cross_encoders=CrossEncoders.load(relevance=str(ranking)))
    found = engine.search(RIGHT)
    assert found[0].clause_id == plain[1].clause_id and found[0].score == 1
    assert {c.clause_id for c in found} == {c.clause_id for c in plain}
    scores = [c.score for c in found]
    assert scores == sorted(scores, reverse=True)


def test_what_is_not_among_the_best_stays_behind(compendium, compendium_index, ranking):
    question = "武汉对人工智能应用示范场景资助多少？"
    engine = PolicyQA.from_path(compendium_index, cross_encoders=CrossEncoders.load(relevance=str(ranking)))
    plain, found = compendium.search(question, 60), engine.search(question, 60)
    assert len(found) > RERANKED
    assert [c.clause_id for c in found[RERANKED:]] == [c.clause_id for c in plain[RERANKED:]]
    assert {c.clause_id for c in found[:RERANKED]} == {c.clause_id for c in plain[:RERANKED]}


def test_without_one_nothing_changes(policies_index):
    assert CrossEncoders.load() == CrossEncoders()
    plain = PolicyQA.from_path(policies_index)
    same = PolicyQA.from_path(policies_index, cross_encoders=CrossEncoders())
    assert same.search(RIGHT) == plain.search(RIGHT)


def test_a_model_for_something_else_is_refused(entailing, ranking):
    with pytest.raises(PolicyQAError, match=r"does not tell relevance: .*entailment, neutral"):
        CrossEncoders.load(relevance=str(entailing))
    with pytest.raises(PolicyQAError, match="does not tell entailment"):
        CrossEncoders.load(entailment=str(ranking))


@pytest.mark.parametrize(("fault", "told"), [("weights", "incomplete"), ("config", "cannot be read")])
def test_a_folder_that_cannot_be_used_is_told(entailing, tmp_path, fault, told):
    folder = shutil.copytree(entailing, tmp_path / "model")
    if fault == "weights":
        (folder / "model.safetensors").unlink()
    else:
        (folder / "config.json").write_text("{}")
    with pytest.raises(PolicyQAError, match=told):
        CrossEncoders.load(entailment=str(folder))


def test_nothing_is_downloaded():
    with pytest.raises(PolicyQAError, match="nothing is downloaded unasked"):
        CrossEncoders.load(relevance="nobody/no-such-model")
