"""Written answers on slow machines, in a queue, broken off, too late, or not at all."""

import time
from threading import Event, Thread

import pytest
import torch
from small_language_model import one_thread, untrained_model
from writable import ANSWERS, AS_OF, RIGHT, Recorder, with_model

from rag import streaming
from rag.engine import PolicyQA
from rag.generators.transformers_model import TransformersModel
from rag.types import Instead

TOLD = ANSWERS[RIGHT][0]
FULL = "对研发飞碟的企业，按研发投入的20%给予补助，最高300万元。[1]"


class Paced(Recorder):
    """Says a few characters, then waits until it may go on or is to stop."""

    def __init__(self, said=TOLD, pause=0.0):
        super().__init__()
        self.text, self.pause, self.line = said, pause, 0
        self.stopped = Event()

    def ahead(self, cancel):
        return self.line

    def generate(self, messages, max_tokens, cancel=None):
        try:
            for k in range(0, len(self.text), 20):
                if cancel.wait(self.pause):
                    return
                yield self.text[k : k + 20]
        finally:
            self.stopped.set()


def test_on_a_slow_machine_the_extractive_answer_stands_until_the_written_one_is_ready(
    policies_index, monkeypatch
):
    monkeypatch.setattr(streaming, "_PATIENCE", 0.1)
    steps = list(with_model(policies_index, Paced(pause=0.15)).stream(RIGHT, filters=AS_OF))
    assert [(s.generator, s.ahead) for s in steps] == [("extractive", 0), ("recorder", None)]
    assert steps[0].text == FULL and len(steps[1].statements) == 2
    assert steps[0].latency_ms < steps[1].latency_ms


def test_who_waits_sees_how_many_come_before(policies_index):
    model = Paced(pause=0.3)
    model.line = 2
    steps = with_model(policies_index, model).stream(RIGHT, filters=AS_OF)
    first = next(steps)
    model.line = 1
    assert (first.ahead, first.text) == (2, FULL)
    assert next(steps).ahead == 1
    model.line = 0
    assert [*steps][-1].generator == "recorder"


@pytest.mark.parametrize("way", ["cancel", "close"])
def test_the_model_stops_within_a_second_when_nobody_waits(policies_index, way):
    model, cancel = Paced(said=TOLD * 500, pause=0.05), Event()
    steps = with_model(policies_index, model).stream(RIGHT, (), AS_OF, cancel)
    next(steps)
    started = time.perf_counter()
    if way == "cancel":
        cancel.set()
        assert len(list(steps)) <= 1
    else:
        steps.close()
    assert model.stopped.wait(1) and time.perf_counter() - started < 1


def test_a_real_model_that_would_write_for_long_is_free_within_a_second(policies_index, writing_model):
    with one_thread():
        known = TransformersModel.load(str(writing_model))
        fresh = untrained_model(known._tokenizer).eval()
        model = TransformersModel(fresh, known._tokenizer, "rubbish", "CPU", known.speed)
        forwards = []
        fresh.register_forward_hook(lambda *_: forwards.append(time.perf_counter()) or time.sleep(0.05))
        cancel = Event()
        steps = with_model(policies_index, model).stream(RIGHT, (), AS_OF, cancel)
        waiting = Thread(target=lambda: list(steps))
        waiting.start()
        while len(forwards) < 5:
            time.sleep(0.02)
        started = time.perf_counter()
        cancel.set()
        waiting.join(5)
        assert time.perf_counter() - started < 1
        done = len(forwards)
        time.sleep(0.3)
        assert len(forwards) == done
        with model._turns.turn(Event()) as mine:
            assert mine
    assert torch.is_grad_enabled()


def test_a_model_that_takes_too_long_gives_way(policies_index, monkeypatch):
    monkeypatch.setattr(streaming, "LONGEST_SECONDS", 0.3)
    model = Paced(said=TOLD * 500, pause=1.0)
    answer = with_model(policies_index, model).ask(RIGHT, filters=AS_OF)
    assert answer.instead is Instead.LATE and answer.text == FULL
    assert model.stopped.wait(1)


def test_an_inner_error_gives_the_extractive_answer(policies_index):
    class Broken(Recorder):
        def generate(self, messages, max_tokens, cancel=None):
            raise RuntimeError("/etc/secret")
            yield

    answer = with_model(policies_index, Broken()).ask(RIGHT, filters=AS_OF)
    assert answer.instead is Instead.FAILED and answer.text == FULL
    assert "secret" not in answer.because


def test_without_a_model_nothing_of_it_is_said(policies_index):
    answer = PolicyQA.from_path(policies_index).ask(RIGHT, filters=AS_OF)
    assert (answer.because, answer.instead, answer.ahead) == ("", None, None)
    assert all(s.verified and not s.own for s in answer.statements)
