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
