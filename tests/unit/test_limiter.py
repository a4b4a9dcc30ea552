"""A limit on how often something is done."""

from concurrent.futures import ThreadPoolExecutor

from orgtrail.concurrency.limiter import Limiter


class Clock:
    """A clock that only goes on when somebody sleeps."""

    def __init__(self):
        self.now = 100.0
        self.slept: list[float] = []

    def read(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def test_the_first_goes_on_at_once_and_the_others_at_the_rate():
    clock = Clock()
    limiter = Limiter(2, clock.read, clock.sleep)
    for _turn in range(4):
        limiter.wait()

    assert clock.slept == [0.5, 0.5, 0.5]


def test_who_comes_later_waits_no_longer_than_it_must():
    clock = Clock()
    limiter = Limiter(2, clock.read, clock.sleep)
    limiter.wait()
    clock.now += 0.3
    limiter.wait()
    clock.now += 10
    limiter.wait()

    assert [round(one, 6) for one in clock.slept] == [0.2]


def test_threads_together_keep_to_it():
    waited: list[float] = []
    limiter = Limiter(2, lambda: 0.0, waited.append)
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda _turn: limiter.wait(), range(9)))

    assert sorted(waited) == [0.5 * turn for turn in range(1, 9)]
