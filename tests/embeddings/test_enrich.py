"""Giving a document of an index other enrichment."""

from dataclasses import replace

import pytest

from corpus.errors import PolicyQAError
from embeddings.build import add_documents, build_index
from embeddings.enrich import enrich_document
from embeddings.index import Index
from small_index import WordEncoder, articles, collection, document

BARE = replace(collection(), enrichment=())
BETA = document("beta", articles("beta")).enrichment


def asked(folder):
    return {entry.id for entry in Index.open(folder).enrichment.values()}


@pytest.fixture
def folder(tmp_path):
    build_index(BARE, tmp_path, WordEncoder())
    return tmp_path


def test_a_document_is_found_by_its_new_words_and_nothing_else_changes(folder):
    before = Index.open(folder)
    encoder = WordEncoder()
    assert enrich_document("beta", BETA, folder, encoder) == 8
    assert encoder.encoded == 0  # passages keep their vectors
    index = Index.open(folder)
    assert Index.check(folder) == []
    assert asked(folder) == {entry.id for entry in BETA}
    found = index.search_wordings(encoder.encode_query([BETA[3].questions_en[0]])[0], 3)
    assert max(found, key=found.__getitem__) == BETA[3].id
    assert index.clauses == before.clauses and index.documents == before.documents
    assert index.passages == before.passages and index.manifest.corpus == before.manifest.corpus
    assert index.manifest.added == before.manifest.added == ()


def test_the_old_words_are_replaced(folder):
    enrich_document("beta", BETA, folder, WordEncoder())
    enrich_document("beta", BETA[:2], folder, WordEncoder())
    assert asked(folder) == {entry.id for entry in BETA[:2]}
    enrich_document("beta", (), folder, WordEncoder())
    assert asked(folder) == set()


def test_words_for_other_texts_or_documents_are_left_out(folder):
    changed = replace(BETA[0], hash="0" * 16)
    alien = document("alpha", articles("alpha")).enrichment[0]
    assert enrich_document("beta", (changed, alien, BETA[1]), folder, WordEncoder()) == 1
    assert asked(folder) == {BETA[1].id}


def test_every_document_in_turn_leaves_a_whole_index(folder):
    for entry in ("alpha", "beta", "gamma"):
        enrich_document(entry, document(entry, articles(entry)).enrichment, folder, WordEncoder())
    assert asked(folder) == {entry.id for entry in collection().enrichment}
    assert Index.check(folder) == []


@pytest.mark.parametrize("keep_changes", [True, False])
def test_they_outlive_a_rebuild_where_the_words_are_the_same(folder, keep_changes):
    enrich_document("beta", BETA, folder, WordEncoder())
    texts = articles("beta")
    texts[0] = "对别的事项给予补助，最高7万元。"
    corpus = replace(collection(["alpha"]), enrichment=())
    changed = replace(document("beta", texts), enrichment=())
    both = replace(
        corpus, documents=(*corpus.documents, *changed.documents), clauses=(*corpus.clauses, *changed.clauses)
    )
    build_index(both, folder, WordEncoder(), keep_changes=keep_changes)
    assert asked(folder) == {entry.id for entry in BETA[1:]}


def test_what_a_document_brings_itself_takes_their_place(folder):
    enrich_document("beta", BETA, folder, WordEncoder())
    build_index(replace(BARE, enrichment=BETA[:1]), folder, WordEncoder())
    assert asked(folder) == {BETA[0].id}


def test_they_outlive_adding_the_same_document_again(folder):
    enrich_document("beta", BETA, folder, WordEncoder())
    add_documents(replace(document("beta", articles("beta")), enrichment=()), folder, WordEncoder())
    assert asked(folder) == {entry.id for entry in BETA}


def test_an_unknown_document_is_told(folder):
    with pytest.raises(PolicyQAError, match="holds no document delta"):
        enrich_document("delta", (), folder, WordEncoder())
