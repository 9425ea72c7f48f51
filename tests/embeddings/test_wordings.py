"""The words by which people look for a clause, in the index."""

from dataclasses import replace

from embeddings.build import add_documents, build_index, compact, remove_documents
from embeddings.index import Index
from small_index import WordEncoder, articles, collection, document

QUESTION = "How much does beta pay for topic 3?"
ASKED = {"asked": 1.0}


def nearest(index):
    return index.search_wordings(WordEncoder().encode_query([QUESTION])[0], 5)


def test_a_clause_is_found_by_the_words_people_use(tmp_path):
    build_index(collection(), tmp_path, WordEncoder())
    index = Index.open(tmp_path)
    found = nearest(index)
    assert max(found, key=found.__getitem__) == "beta/4"
    assert found["beta/4"] > 0.999
    assert index.enrichment["beta/4"].questions_en == (QUESTION,)
    (best, _), *_ = index.search_lexical([("beta", 1.0), ("3", 1.0)], 5, ASKED)
    assert index.passages[best].clause == "beta/4"


def test_they_are_not_searched_as_the_clause_itself(tmp_path):
    build_index(collection(), tmp_path, WordEncoder())
    index = Index.open(tmp_path)
    assert not index.search_lexical([("topic", 1.0)], 5, {"text": 1.0, "heading": 1.0, "title": 1.0})
    assert index.idf("topic") > index.idf("topic", "asked")


def test_they_go_with_their_document_and_come_back(tmp_path):
    build_index(collection(), tmp_path, WordEncoder())
    remove_documents(["beta"], tmp_path)
    assert not any(clause.startswith("beta") for clause in nearest(Index.open(tmp_path)))
    add_documents(document("beta", articles("beta")), tmp_path, WordEncoder())
    compact(tmp_path)
    assert "beta/4" in nearest(Index.open(tmp_path))


def test_they_outlive_a_rebuild_for_added_documents(tmp_path):
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    add_documents(document("beta", articles("beta")), tmp_path, WordEncoder())
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    assert "beta/4" in nearest(Index.open(tmp_path))


def test_an_index_without_enrichment_finds_none(tmp_path):
    build_index(replace(collection(), enrichment=()), tmp_path, WordEncoder())
    assert nearest(Index.open(tmp_path)) == {}
