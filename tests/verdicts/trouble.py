"""Trouble of every kind, each with the verdicts that name it and when it can be known."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tests.verdicts.situations import (
    ABANDONED,
    ALL_DEAD,
    AUDIT,
    LATE,
    LEFT_PENDING,
    LOST,
    ORDERS,
    POISON,
    UNREAD,
    add_many,
    kill_all,
    kill_while_busy,
    quick,
    steady,
    stop_all,
    team,
    trouble,
    wrong,
    xnack,
)
from tests.verdicts.workers import Habit, Worker, about, every, pod_names, produce

if TYPE_CHECKING:
    from tests.verdicts.virtual_time import World

# -- nobody reads -----------------------------------------------------


@trouble
def never_read(world: World) -> None:
    steady(world)
    world.server.xgroup_create(*ORDERS)
    wrong(world, UNREAD, 0.0, 60.0)


@trouble
def one_of_two_groups_never_read(world: World) -> None:
    steady(world)
    team(world, 2, quick(world.random))
    world.server.xgroup_create(*AUDIT)
    wrong(world, UNREAD, 0.0, 60.0, group=AUDIT)


@trouble
def backlog_that_nobody_reads(world: World) -> None:
    """Nothing comes in any more, and twenty entries wait."""
    world.server.xgroup_create(*ORDERS)
    add_many(world, 20)
    wrong(world, UNREAD, 0.0, 60.0)


@trouble
def old_backlog_at_the_first_look(world: World) -> None:
    """Entries wait for half an hour when the first look is taken; nobody ever read."""
    world.server.xgroup_create(*ORDERS)
    produce(world, "orders", 0.5, until=world.random.choice((60.0, 1e9)))
    world.watched_from = 1_740.0
    wrong(world, UNREAD, 0.0, 1_740.0)


@trouble
def old_pending_at_the_first_look(world: World) -> None:
    """Entries are pending for half an hour when the first look is taken; others go on."""
    random = world.random
    steady(world)
    workers = team(world, 3, quick(random, count=10, work=about(0.4), acknowledges="batch"))
    kill_while_busy(world, workers[0], 60.0)
    world.watched_from = 1_860.0
    wrong(world, ABANDONED, 60.0, 1_860.0)


@trouble
def all_killed(world: World) -> None:
    random = world.random
    steady(world)
    workers = team(world, random.randint(1, 4), quick(random))
    moment = random.uniform(300, 900)
    world.at(moment, lambda: kill_all(workers))
    wrong(world, ALL_DEAD, moment, moment + 60)


@trouble
def all_killed_and_back_later(world: World) -> None:
    random = world.random
    steady(world)
    habit = quick(random, reads_own=True, acknowledges="each")
    workers = team(world, 2, habit)
    moment = random.uniform(300, 900)
    back = moment + random.uniform(400, 900)
    world.at(moment, lambda: kill_all(workers))
    world.at(back, lambda: team(world, 2, habit, create=False))
    wrong(world, ALL_DEAD, moment, moment + 60, back)


@trouble
def all_stopped_holding_nothing(world: World) -> None:
    random = world.random
    steady(world)
    workers = team(world, 2, quick(random))
    moment = random.uniform(300, 900)
    world.at(moment, lambda: stop_all(workers))
    wrong(world, UNREAD, moment, moment + 60)


@trouble
def one_of_two_groups_dead(world: World) -> None:
    random = world.random
    steady(world)
    team(world, 2, quick(random))
    workers = team(world, 2, quick(random), AUDIT)
    moment = random.uniform(300, 900)
    world.at(moment, lambda: kill_all(workers))
    wrong(world, ALL_DEAD, moment, moment + 60, group=AUDIT)


@trouble
def backlog_after_maintenance(world: World) -> None:
    random = world.random
    steady(world, maxlen=None)
    habit = quick(random, work=about(0.1))
    workers = team(world, 3, habit)
    down, up = random.uniform(900, 1_000), random.uniform(1_300, 1_500)
    world.at(down, lambda: stop_all(workers))
    world.at(up, lambda: team(world, 3, habit, create=False))
    wrong(world, ALL_DEAD | LATE, down, down + 60, up)


@trouble
def batch_reader_dies(world: World) -> None:
    """One that reads each two minutes is killed: known once it missed a read by its half."""
    random = world.random
    each = random.uniform(100, 140)
    steady(world)
    [worker] = team(world, 1, Habit(1_000, None, each, work=about(0.005), acknowledges="batch"))
    moment = random.uniform(900, 1_200)
    world.at(moment, worker.kill)
    world.learned = 2 * each + 20
    wrong(world, ALL_DEAD, moment, moment + 2 * each)


@trouble
def only_history_is_read(world: World) -> None:
    random = world.random
    steady(world)
    world.server.xgroup_create(*ORDERS)
    Worker(world, ORDERS, "worker-1", Habit(only_own=True, pause=random.uniform(0.5, 5)))
    wrong(world, UNREAD | LEFT_PENDING, 0.0, 60.0)


# -- entries stay pending ---------------------------------------------


@trouble
def killed_beside_busy_ones(world: World) -> None:
    random = world.random
    steady(world)
    habit = quick(random, count=random.choice((10, 20)), work=about(0.4), acknowledges="batch")
    workers = team(world, random.randint(2, 5), habit)
    moment = random.uniform(300, 900)
    kill_while_busy(world, workers[0], moment)
    wrong(world, ABANDONED, moment, moment + 60)


@trouble
def one_killed_holding_one(world: World) -> None:
    """Each entry takes a second; the holder of one dies, five others work on."""
    random = world.random
    produce(world, "orders", 3.0)
    workers = team(world, 6, Habit(1, 2.0, work=about(1.0)))
    moment = random.uniform(300, 900)
    kill_while_busy(world, workers[0], moment)
    wrong(world, ABANDONED, moment, moment + 60)


@trouble
def killed_slow_handler(world: World) -> None:
    """Entries take ninety seconds: a death is known when twice the longest has passed."""
    random = world.random
    seconds = random.uniform(75, 110)
    produce(world, "orders", 0.6 * 3 / seconds)
    workers = team(world, 3, Habit(1, 5.0, work=about(seconds, 0.1)))
    moment = random.uniform(900, 1_500)
    kill_while_busy(world, workers[0], moment)
    world.learned = 2 * seconds + 120
    wrong(world, ABANDONED, moment, moment + seconds * 5 + 30)


@trouble
def killed_with_heartbeat(world: World) -> None:
    """The heartbeat of a slow handler ends: known after some that were missed."""
    random = world.random
    seconds = random.uniform(100, 200)
    produce(world, "orders", 0.6 * 3 / seconds)
    workers = team(world, 3, Habit(1, 5.0, work=about(seconds, 0.2), heartbeat=15.0))
    moment = random.uniform(900, 1_500)
    kill_while_busy(world, workers[0], moment)
    world.learned = 2 * seconds + 120
    wrong(world, ABANDONED, moment, moment + 3 * seconds + 60)


@trouble
def killed_in_a_silent_stream(world: World) -> None:
    """The last entries are held by a dead consumer, and nothing comes in any more."""
    random = world.random
    moment = random.uniform(300, 900)
    produce(world, "orders", 2.0, until=moment + 2)
    workers = team(world, 2, quick(random, count=10, work=about(0.5), acknowledges="batch"))
    world.at(moment, lambda: kill_while_busy(world, workers[0], moment))
    wrong(world, ABANDONED, moment, moment + 120)


@trouble
def killed_where_entries_are_numbered(world: World) -> None:
    """IDs are no times, so that they tell no age."""
    world.numbered = True
    killed_beside_busy_ones(world)


@trouble
def pods_killed_one_by_one(world: World) -> None:
    """Each few minutes a pod is killed with what it holds, and another one starts."""
    random = world.random
    steady(world)
    habit = quick(random, count=10, work=about(0.3), acknowledges="batch", block=1.0)
    names = pod_names()
    world.server.xgroup_create(*ORDERS)
    pods = [Worker(world, ORDERS, next(names), habit) for _ in range(3)]
    first = random.uniform(300, 600)

    def crash() -> None:
        kill_while_busy(world, pods.pop(0), world.seconds)
        pods.append(Worker(world, ORDERS, next(names), habit))

    world.at(first, crash)
    world.at(first + 1, lambda: every(world, about(240), crash))
    wrong(world, ABANDONED, first, first + 60)


@trouble
def never_acknowledged(world: World) -> None:
    random = world.random
    steady(world)
    team(world, random.randint(1, 3), quick(random, acknowledges="never"))
    wrong(world, LEFT_PENDING, 0.0, 120.0)


@trouble
def acknowledgement_forgotten_after_a_release(world: World) -> None:
    """A new version of the workers no longer acknowledges."""
    random = world.random
    steady(world)
    habit = quick(random)
    workers = team(world, 2, habit)
    moment = random.uniform(300, 900)
    world.at(moment, lambda: stop_all(workers))
    broken = quick(random, acknowledges="never")
    world.at(moment + 5, lambda: [Worker(world, ORDERS, f"new-{n}", broken) for n in range(2)])
    wrong(world, LEFT_PENDING, moment, moment + 90)


@trouble
def one_consumer_never_acknowledges(world: World) -> None:
    random = world.random
    steady(world)
    team(world, 3, quick(random))
    Worker(world, ORDERS, "broken", quick(random, acknowledges="never"))
    wrong(world, LEFT_PENDING, 0.0, 120.0)


@trouble
def failed_entries_nobody_retries(world: World) -> None:
    random = world.random
    steady(world)
    team(world, random.randint(1, 3), quick(random, fails=0.05, acknowledges="each"))
    wrong(world, LEFT_PENDING, 0.0, 150.0)


@trouble
def slow_leak(world: World) -> None:
    """One in a few hundred entries is never acknowledged."""
    random = world.random
    produce(world, "orders", 3.0, maxlen=20_000)
    share = random.uniform(0.002, 0.006)
    team(world, 2, quick(random, fails=share, acknowledges="each", work=about(0.05)))
    first = 1 / (3.0 * share)
    wrong(world, LEFT_PENDING, 0.0, 5 * first + 90)


@trouble
def failures_begin(world: World) -> None:
    """Something the handlers need breaks: from then on half of the entries fail."""
    random = world.random
    steady(world)
    habit = quick(random, acknowledges="each")
    workers = team(world, 2, habit)
    moment = random.uniform(400, 900)
    world.at(moment, lambda: stop_all(workers))
    failing = quick(random, acknowledges="each", fails=0.5)
    world.at(moment + 3, lambda: team(world, 2, failing, create=False))
    wrong(world, LEFT_PENDING, moment, moment + 60)


@trouble
def hangs_for_ever(world: World) -> None:
    """One of a few workers hangs in one entry; the others work on."""
    random = world.random
    steady(world)
    workers = team(world, 3, quick(random, acknowledges="each", count=1))
    moment = random.uniform(300, 900)
    workers[0].hangs_from = moment
    wrong(world, ABANDONED, moment, moment + 90)


@trouble
def the_only_worker_hangs(world: World) -> None:
    random = world.random
    steady(world)
    workers = team(world, 1, quick(random))
    moment = random.uniform(300, 900)
    workers[0].hangs_from = moment
    wrong(world, ALL_DEAD, moment, moment + 90)


# -- recovery that does not recover -----------------------------------


@trouble
def taken_over_and_never_read(world: World) -> None:
    """An operator claims for a consumer that reads only new entries."""
    random = world.random
    steady(world)
    habit = quick(random, count=40, block=0.1, work=about(0.5), acknowledges="batch")
    workers = team(world, 2, habit)
    moment = random.uniform(300, 600)
    taken = moment + random.uniform(150, 400)
    kill_while_busy(world, workers[0], moment)
    world.at(moment + 20, lambda: Worker(world, ORDERS, "rescue", habit))
    server = world.server

    def take_over() -> None:
        pel = world.group(ORDERS).pel
        held = [one for one in pel if pel[one].consumer == "worker-1"]
        server.xclaim(*ORDERS, "rescue", 0, held, justid=True)

    world.at(taken, take_over)
    wrong(world, ABANDONED, moment, moment + 60)


@trouble
def taken_over_on_a_silent_stream(world: World) -> None:
    """The same where nothing else happens: all the group has is what was claimed."""
    random = world.random
    moment = random.uniform(300, 600)
    produce(world, "orders", 1.0, until=moment - 40)
    habit = quick(random, count=50, block=0.1, work=about(0.5), acknowledges="batch")
    workers = team(world, 1, habit)
    world.at(moment, lambda: add_many(world, 40))
    world.at(moment + 5, workers[0].kill)
    world.at(moment + 30, lambda: Worker(world, ORDERS, "rescue", habit))
    server = world.server

    def take_over() -> None:
        server.xclaim(*ORDERS, "rescue", 0, list(world.group(ORDERS).pel), justid=True)

    world.at(moment + 300, take_over)
    wrong(world, ALL_DEAD, moment + 5, moment + 90)


@trouble
def undone_acknowledgement(world: World) -> None:
    """Entries are put back for a dead consumer, which looks alive by that."""
    random = world.random
    steady(world)
    workers = team(world, 3, quick(random, count=10, work=about(0.4), acknowledges="batch"))
    moment = random.uniform(300, 600)
    kill_while_busy(world, workers[0], moment)
    server = world.server

    def acknowledge_and_undo() -> None:
        pel = world.group(ORDERS).pel
        held = [one for one in pel if pel[one].consumer == "worker-1"]
        server.xack(*ORDERS, held)
        world.at(
            world.seconds + 10,
            lambda: server.xclaim(
                *ORDERS, "worker-1", 0, held, idle=600_000, retrycount=1, force=True, justid=True
            ),
        )

    world.at(moment + 300, acknowledge_and_undo)
    wrong(world, ABANDONED, moment, moment + 60, moment + 300)
    wrong(world, ABANDONED, moment + 310, moment + 310)


@xnack
def released_and_never_taken(world: World) -> None:
    """Workers release what fails; nobody ever claims it."""
    random = world.random
    steady(world)
    team(world, 2, quick(random, fails=0.02, acknowledges="each"))
    release_what_fails(world)
    wrong(world, LEFT_PENDING, 0.0, 210.0)


def release_what_fails(world: World) -> None:
    """Release each entry that is on nobody's desk."""
    server = world.server

    def release() -> None:
        busy = set().union(*(worker.desk for worker in world.workers.values()))
        pel = world.group(ORDERS).pel
        failed = [one for one in pel if pel[one].consumer and one not in busy]
        server.xnack(*ORDERS, failed)

    every(world, about(2), release)


@xnack
def released_by_an_operator(world: World) -> None:
    """The entries of a dead consumer are released; workers read only new ones."""
    random = world.random
    steady(world)
    workers = team(world, 3, quick(random, count=20, work=about(0.4), acknowledges="batch"))
    moment = random.uniform(300, 600)
    kill_while_busy(world, workers[0], moment)
    server = world.server

    def release() -> None:
        pel = world.group(ORDERS).pel
        server.xnack(*ORDERS, [one for one in pel if pel[one].consumer == "worker-1"])

    world.at(moment + random.uniform(120, 300), release)
    wrong(world, ABANDONED, moment, moment + 60)


# -- poison, loss, lateness -------------------------------------------


@trouble
def poison(world: World) -> None:
    """One entry fails each time; retries go on for ever."""
    random = world.random
    steady(world)
    delay = random.uniform(10, 30)
    habit = quick(random, block=5.0, retries=delay, retries_each=10.0, acknowledges="each")
    workers = team(world, 2, habit)
    moment = random.uniform(200, 600)

    def add() -> None:
        world.add("orders")
        for worker in workers:
            worker.poison.add(world.server.streams["orders"].last_id)

    world.at(moment, add)
    wrong(world, POISON, moment, moment + 5 * (delay + 12))


@trouble
def poison_beside_many_pending(world: World) -> None:
    """The same among hundreds of entries that wait for their retry."""
    random = world.random
    produce(world, "orders", 1.5)
    habit = quick(random, block=2.0, fails=0.5, retries=60.0, acknowledges="each", work=about(0.05))
    workers = team(world, 2, habit)
    moment = random.uniform(300, 600)

    def add() -> None:
        world.add("orders")
        for worker in workers:
            worker.poison.add(world.server.streams["orders"].last_id)

    world.at(moment, add)
    world.learned = 400.0
    wrong(world, POISON, 0.0, moment + 5 * 80)


@trouble
def trimmed_before_read(world: World) -> None:
    """MAXLEN overtakes a group that goes on reading."""
    random = world.random
    produce(world, "orders", 4.0, maxlen=random.randint(50, 200))
    team(world, 1, Habit(1, 1.0, work=about(random.uniform(0.6, 1.2))))
    wrong(world, LATE, 0.0, inf)
    wrong(world, LOST, 0.0, 200 / (4.0 - 1 / 0.6) + 30)


@trouble
def trimmed_while_nobody_reads(world: World) -> None:
    random = world.random
    produce(world, "orders", 2.0, maxlen=100)
    workers = team(world, 2, quick(random, work=about(0.05)))
    moment = random.uniform(300, 900)
    world.at(moment, lambda: stop_all(workers))
    wrong(world, UNREAD | LOST, moment, moment + 60)


@trouble
def trimmed_once(world: World) -> None:
    """A pause of the workers costs entries; then they read on."""
    random = world.random
    produce(world, "orders", 3.0, maxlen=100)
    habit = quick(random, work=about(0.05), acknowledges="each")
    workers = team(world, 2, habit)
    moment = random.uniform(300, 900)
    back = moment + random.uniform(60, 200)
    world.at(moment, lambda: stop_all(workers))
    world.at(back, lambda: team(world, 2, habit, create=False))
    wrong(world, UNREAD | LOST, moment, moment + 60, back, may_until=inf)


@trouble
def trimmed_by_an_operator(world: World) -> None:
    """XTRIM takes half of a backlog that is being drained."""
    random = world.random
    add_many(world, 4_000)
    produce(world, "orders", 1.0)
    team(world, 2, Habit(10, 1.0, work=about(0.8)))
    moment = random.uniform(200, 600)
    world.at(moment, lambda: world.server.xtrim("orders", 1_000))
    dialect = world.server.dialect  # others show no trace of it once the group has read on
    counts = dialect.counts_entries and not dialect.leaps
    until = moment + 300 if counts else moment
    wrong(world, LOST, moment, moment if counts else inf, until, may_until=inf)


@trouble
def producer_faster_than_the_group(world: World) -> None:
    random = world.random
    produce(world, "orders", random.uniform(2.2, 4.0))
    team(world, 2, Habit(random.choice((1, 10)), 1.0, work=about(1.2)))
    wrong(world, LATE, 0.0, 180.0)


@trouble
def falls_behind_slowly(world: World) -> None:
    """A tenth more comes in than is read."""
    produce(world, "orders", 2.2)
    team(world, 2, Habit(10, 1.0, work=about(1.0)))
    wrong(world, LATE, 0.0, 600.0)


@trouble
def falls_behind_in_batches(world: World) -> None:
    """Each batch lowers the lag, and yet it grows on the whole."""
    random = world.random
    produce(world, "orders", 8.0)
    team(world, 1, Habit(100, None, random.uniform(5, 10), work=about(0.2)))
    wrong(world, LATE, 0.0, 300.0)


@trouble
def a_worker_less(world: World) -> None:
    """One of three stops cleanly, and the others cannot keep up."""
    random = world.random
    produce(world, "orders", 2.6)
    workers = team(world, 3, Habit(10, 1.0, work=about(1.0), acknowledges="each"))
    moment = random.uniform(600, 900)
    world.at(moment, workers[0].stop)
    wrong(world, LATE, moment, moment + 240)
