import time
from threading import Event, Thread

from rag.generators.turns import Turns


def test_turns_come_in_the_order_of_arrival():
    turns, order, free = Turns(), [], Event()

    def serve(number, entered):
        with turns.turn(Event()) as mine:
            assert mine
            order.append(number)
            entered.set()
            free.wait(5)

    threads = []
    for number in range(4):
        entered = Event()
        threads.append(Thread(target=serve, args=(number, entered)))
        threads[-1].start()
        entered.wait(0.2)
    assert order == [0]
    free.set()
    for thread in threads:
        thread.join(5)
    assert order == [0, 1, 2, 3]


def test_one_who_gives_up_leaves_the_line():
    turns, cancel, got = Turns(), Event(), []

    def wait():
        with turns.turn(cancel) as mine:
            got.append(mine)

    with turns.turn(Event()):
        thread = Thread(target=wait)
        thread.start()
        started = time.perf_counter()
        cancel.set()
        thread.join(5)
        assert got == [False] and time.perf_counter() - started < 1
    with turns.turn(Event()) as mine:
        assert mine


def test_each_in_the_line_knows_how_many_come_before():
    turns, served, second, third = Turns(), Event(), Event(), Event()

    def wait(cancel):
        with turns.turn(cancel):
            pass

    with turns.turn(served):
        threads = []
        for cancel in (second, third):
            threads.append(Thread(target=wait, args=(cancel,)))
            threads[-1].start()
            while not turns.ahead(cancel):
                time.sleep(0.01)
        assert [turns.ahead(cancel) for cancel in (served, second, third, Event())] == [0, 1, 2, 0]
        second.set()
        threads[0].join(5)
        assert turns.ahead(third) == 1
    threads[1].join(5)
    assert turns.ahead(third) == 0
