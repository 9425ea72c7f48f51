import threading
from datetime import date
from pathlib import Path

import pytest

from corpus.collection import load_sources
from corpus.errors import PolicyQAError
from embeddings.build import add_documents, build_index, remove_documents
from embeddings.encoder import Encoder
from embeddings.index import Index
from rag.engine import LONGEST_QUESTION, PolicyQA, clean_question
from rag.types import Filters, Turn

QUESTION = "武汉对入选的领军型创新创业团队资助多少？"
AS_OF = Filters(as_of=date(2022, 1, 1))
HANDBOOK = """员工差旅管理办法

第一条 员工出差乘坐高铁二等座，费用全额报销。
第二条 住宿费每晚报销不超过400元，一线城市不超过600元。
第三条 报销申请应当在出差结束后十五日内提交财务部。
"""
NOTICE = """宁德市鼓励锂电材料投资的若干措施

第一条 对新落户的锂电材料企业，一次性奖励80万元。
第二条 本措施由宁德市发展和改革委员会负责解释。
"""


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_answer_cites_what_it_says(compendium: PolicyQA) -> None:
    answer = compendium.ask(QUESTION, filters=AS_OF)
    assert "500万元" in answer.text
    first = answer.citations[0]
    assert first.text == compendium.clause(first.clause_id).text
    assert first.quote in first.text
    assert len(answer.retrieved) == 20
    assert set(answer.timings) == {"understand", "retrieve", "judge", "compose", "verify"}
    assert answer.latency_ms >= sum(answer.timings.values()) * 0.99


def test_a_stream_grows_into_the_answer(compendium: PolicyQA) -> None:
    question = "成都和济南给AI培训机构的补贴，每个人头各是多少？"
    steps = list(compendium.stream(question, filters=AS_OF))
    last = steps[-1]
    assert len(last.statements) > 1
    assert [len(step.statements) for step in steps] == list(range(1, len(last.statements) + 1))
    for step in steps:
        assert step.statements == last.statements[: len(step.statements)]
        assert all(number <= len(step.citations) for s in step.statements for number in s.citations)
    assert last.statements == compendium.ask(question, filters=AS_OF).statements


def test_a_dialogue_goes_on(compendium: PolicyQA) -> None:
    first = compendium.ask("重庆的智慧农业谁牵头？")
    second = compendium.ask("智慧教育呢？", [Turn(first.question, first)])
    assert "市教委" in second.text
    assert second.standalone_question.endswith("智慧教育呢？")
    assert second.standalone_question != second.question


@pytest.mark.parametrize("question", ["", "   \n", "？！……", "\x00\x07", "\u200b\u202e"])
def test_an_empty_question_is_an_error(compendium: PolicyQA, question: str) -> None:
    with pytest.raises(PolicyQAError, match="empty"):
        compendium.ask(question)


def test_a_question_that_is_too_long_is_an_error(compendium: PolicyQA) -> None:
    with pytest.raises(PolicyQAError, match="20,000 characters"):
        compendium.ask("补" * 20_000)
    assert clean_question("补" * LONGEST_QUESTION)


def test_invisible_characters_are_taken_out() -> None:
    assert clean_question("\ufeff武汉\x00\u202e补\u200b多少\ud800\n吗\t？") == "武汉补多少 吗 ？"


@pytest.mark.parametrize(
    "question", ["<script>alert(1)</script>", "' OR 1=1 --", "武汉 ^*()[]{}~:\\/+", "🙂?a"]
)
def test_hostile_questions_are_only_questions(compendium: PolicyQA, question: str) -> None:
    answer = compendium.ask(question)
    assert answer.question == question


def test_an_unknown_clause_is_an_error(compendium: PolicyQA) -> None:
    with pytest.raises(PolicyQAError, match="no clause"):
        compendium.clause("moon/1")


def test_a_folder_without_an_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyQAError):
        PolicyQA.from_path(tmp_path)


def test_many_threads_get_the_same_answers(compendium: PolicyQA) -> None:
    questions = [QUESTION, "重庆的智慧农业谁牵头？", "黄埔区获得国家级奖项二等奖的奖励多少？"] * 4
    alone = [compendium.ask(q, filters=AS_OF).statements for q in questions]
    together: list[object] = [None] * len(questions)

    def work(i: int) -> None:
        together[i] = compendium.ask(questions[i], filters=AS_OF).statements

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_a_collection_without_places_is_answered(tmp_path: Path, encoder: Encoder) -> None:
    source = write(tmp_path, "handbook.txt", HANDBOOK)
    build_index(load_sources([source]), tmp_path / "index", encoder)
    engine = PolicyQA.from_path(tmp_path / "index")
    answer = engine.ask("出差住宿费每晚能报销多少？")
    assert "400元" in answer.text
    assert answer.citations[0].label.endswith("第二条")
    assert engine.ask("年会抽奖的奖品是什么？").refusal is not None


def test_added_and_removed_documents_are_seen_after_a_reload(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "index"
    build_index(load_sources([write(tmp_path, "handbook.txt", HANDBOOK)]), folder, encoder)
    engine = PolicyQA(Index.open(folder, encoder), encoder)
    question = "宁德对新落户的锂电材料企业奖励多少？"
    assert engine.ask(question).refusal is not None
    assert not engine.reload_if_changed()

    added = load_sources([write(tmp_path, "notice.txt", NOTICE)])
    add_documents(added, folder, encoder)
    assert engine.reload_if_changed()
    assert "80万元" in engine.ask(question).text

    remove_documents([added.documents[0].id], folder)
    assert engine.reload_if_changed()
    assert engine.ask(question).refusal is not None


def test_who_asks_while_the_index_is_opened_anew_is_not_held_up(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    build_index(load_sources([write(tmp_path, "handbook.txt", HANDBOOK)]), folder, encoder)
    engine = PolicyQA(Index.open(folder, encoder), encoder)
    add_documents(load_sources([write(tmp_path, "notice.txt", NOTICE)]), folder, encoder)
    opening, go_on = threading.Event(), threading.Event()
    really_open = Index.open

    def slowly(*arguments: object) -> Index:
        opening.set()
        assert go_on.wait(20)
        return really_open(*arguments)

    monkeypatch.setattr("rag.engine.Index.open", slowly)
    thread = threading.Thread(target=engine.reload_if_changed)
    thread.start()
    assert opening.wait(20)
    assert not engine.reload_if_changed() and engine.generation == 1
    assert engine.ask("住宿费每晚报销多少？").index_generation == 1
    go_on.set()
    thread.join()
    assert engine.generation == engine.ask("住宿费每晚报销多少？").index_generation == 2


def test_a_turn_is_recalled_by_what_a_client_kept(compendium: PolicyQA) -> None:
    first = compendium.ask(QUESTION, filters=AS_OF)
    kept = [citation.clause_id for citation in first.citations]
    turn = compendium.recall(QUESTION, [*kept, "gone/1"], first.standalone_question)
    follow_up = "申请要什么条件？"
    said = compendium.ask(follow_up, [Turn(QUESTION, first)], AS_OF)
    assert compendium.ask(follow_up, [turn], AS_OF).text == said.text
    assert turn.answer is not None and [c.clause_id for c in turn.answer.citations] == kept


def test_a_sum_is_computed_from_what_this_question_says_and_not_from_an_earlier_turn(
    compendium: PolicyQA,
) -> None:
    wuhan = "武汉的行业示范应用场景项目，我们实际投入400万，能拿多少？"
    assert "400万 × 30% = 120万" in [note.text for note in compendium.ask(wuhan).notes]
    hangzhou = wuhan.replace("武汉", "杭州")
    elsewhere = compendium.ask("武汉呢？", (Turn(hangzhou, compendium.ask(hangzhou)),))
    assert "400万" in elsewhere.standalone_question
    assert "30%" in elsewhere.text and "120万" not in elsewhere.text
