"""Habits of live workers, many of which look like trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.ids import ZERO
from tests.verdicts.situations import (
    AUDIT,
    ORDERS,
    add_many,
    healthy,
    quick,
    steady,
    stop_all,
    team,
)
from tests.verdicts.workers import Habit, Worker, about, every, pod_names, produce, produce_bursts

if TYPE_CHECKING:
    from random import Random

    from tests.verdicts.virtual_time import World


@healthy
def steady_workers(world: World) -> None:
    steady(world)
    team(world, world.random.randint(1, 4), quick(world.random))


@healthy
def faststream_app(world: World) -> None:
    steady(world, maxlen=None)
    team(world, world.random.randint(1, 3), quick(world.random, block=0.1, count=1))


@healthy
def quiet_stream_block_forever(world: World) -> None:
    each = world.random.uniform(180, 900)
    produce(world, "orders", 1 / each)
    team(world, world.random.randint(1, 5), quick(world.random, block=100_000.0, count=10))


@healthy
def silent_stream(world: World) -> None:
    produce(world, "orders", 2.0, until=world.random.uniform(60, 400))
    team(world, 3, quick(world.random))


@healthy
def no_acknowledgement_needed(world: World) -> None:
    steady(world)
    team(world, 2, quick(world.random, noack=True))


@healthy
def bursts(world: World) -> None:
    each = world.random.uniform(150, 240)
    produce_bursts(world, "orders", world.random.randint(50, 300), each, maxlen=20_000)
    team(world, world.random.randint(1, 3), quick(world.random, block=5.0, count=10))
    world.learned = each * 1.3 + 60


@healthy
def bursts_that_take_a_while(world: World) -> None:
    each = world.random.uniform(170, 200)
    produce_bursts(world, "orders", 120, each)
    team(world, 1, quick(world.random, count=10, block=5.0, work=about(1.0)))
    world.learned = each * 1.3 + 160


@healthy
def backlog_drained(world: World) -> None:
    add_many(world, world.random.randint(2_000, 8_000))
    steady(world, maxlen=None)
    team(world, 3, quick(world.random, count=10, work=about(0.3)))


@healthy
def batch_read_each_two_minutes(world: World) -> None:
    each = world.random.uniform(100, 140)
    steady(world)
    team(
        world,
        world.random.randint(1, 2),
        Habit(count=1_000, block=None, pause=each, work=about(0.005), acknowledges="batch"),
    )
    world.learned = 2 * each + 20


@healthy
def cron_each_ten_minutes(world: World) -> None:
    each = world.random.uniform(500, 700)
    steady(world)
    team(world, 1, Habit(count=5_000, block=None, pause=each, work=about(0.002)))
    world.learned = 2 * each + 20


@healthy
def batch_acknowledged_at_its_end(world: World) -> None:
    """All that waits is read, worked on for more than a minute, and acknowledged at once."""
    random = world.random
    seconds = random.uniform(60, 90)
    steady(world)
    habit = Habit(1_000, 5.0, batch_work=about(seconds, 0.1), acknowledges="batch")
    team(world, random.randint(1, 3), habit)
    world.learned = 3 * seconds + 30


@healthy
def large_batches_of_a_lone_worker(world: World) -> None:
    seconds = world.random.uniform(110, 150)
    produce(world, "orders", 0.8)
    habit = Habit(200, 5.0, work=about(0.02), batch_work=about(seconds), acknowledges="batch")
    team(world, 1, habit)
    world.learned = 3 * seconds + 60


@healthy
def batches_watched_from_the_middle(world: World) -> None:
    """What each two minutes are like is not known when the first look is taken."""
    each = world.random.uniform(100, 140)
    steady(world)
    team(world, 1, Habit(1_000, None, each, work=about(0.005), acknowledges="batch"))
    world.watched_from = 900.0 + world.random.uniform(0, each)
    world.learned = world.watched_from + 2 * each + 20


@healthy
def one_entry_takes_ninety_seconds(world: World) -> None:
    seconds = world.random.uniform(75, 110)
    workers = world.random.randint(1, 3)
    produce(world, "orders", world.random.uniform(0.2, 0.6) * workers / seconds)
    team(world, workers, Habit(1, 5.0, work=about(seconds, 0.1)))
    world.learned = 3 * seconds + 240


@healthy
def slow_handlers_in_parallel(world: World) -> None:
    seconds = world.random.uniform(60, 120)
    produce(world, "orders", 0.75 * 6 / seconds)
    team(world, 6, Habit(1, 2.0, work=about(seconds, 0.4)))
    world.learned = 2 * seconds + 120


@healthy
def some_entries_take_minutes(world: World) -> None:
    """One in twenty takes two minutes, the others a moment."""
    longer = world.random.uniform(90, 150)

    def seconds(random: Random) -> float:
        return longer if random.random() < 0.05 else random.uniform(0.1, 0.5)

    produce(world, "orders", 0.25)
    team(world, 4, Habit(1, 5.0, work=seconds))
    world.learned = 600.0


@healthy
def heartbeat_by_claiming(world: World) -> None:
    seconds = world.random.uniform(100, 200)
    produce(world, "orders", 0.6 * 3 / seconds)
    team(world, 3, Habit(1, 5.0, work=about(seconds, 0.2), heartbeat=15.0))
    world.learned = 2 * seconds + 120


@healthy
def heartbeat_of_a_prefetched_batch(world: World) -> None:
    produce(world, "orders", 0.5)
    team(world, 2, Habit(20, 5.0, work=about(2.5), acknowledges="each", heartbeat=10.0))
    world.learned = 240.0


@healthy
def delayed_retries(world: World) -> None:
    """One in ten fails; XAUTOCLAIM takes it after a minute or two."""
    random = world.random
    steady(world)
    delay = random.uniform(60, 120)
    habit = quick(random, block=5.0, fails=0.1, retries=delay, acknowledges="each")
    team(world, random.randint(2, 3), habit)
    world.learned = 2 * delay + 120


@healthy
def retries_after_five_minutes(world: World) -> None:
    random = world.random
    steady(world)
    team(world, 2, quick(random, acknowledges="each", fails=0.03))
    Worker(world, ORDERS, "retrier", Habit(block=None, pause=20.0, retries=300.0, work=about(0.1)))
    world.learned = 720.0


@healthy
def own_entries_read_at_start(world: World) -> None:
    """A worker that crashes, restarts under its name and reads its own pending entries."""
    random = world.random
    steady(world)
    habit = quick(random, count=10, reads_own=True, acknowledges="each", work=about(0.1))
    team(world, 2, habit)

    def restart() -> None:
        world.workers[ORDERS, "worker-1"].kill()
        world.at(world.seconds + random.uniform(2, 20), again)

    def again() -> None:
        Worker(world, ORDERS, "worker-1", habit)

    every(world, about(random.uniform(300, 600)), restart)


@healthy
def autoscaler(world: World) -> None:
    """Pods come and go; those that go finish their work and delete their consumer."""
    random = world.random
    steady(world)
    habit = quick(random)
    world.server.xgroup_create(*ORDERS)
    names = pod_names()
    pods: list[Worker] = []

    def scale() -> None:
        wanted = random.randint(1, 6)
        while len(pods) < wanted:
            pods.append(Worker(world, ORDERS, next(names), habit))
        while len(pods) > wanted:
            leave(pods.pop(0))

    def leave(pod: Worker) -> None:
        pod.stop()
        world.at(world.seconds + 60, lambda: world.server.xgroup_delconsumer(*ORDERS, pod.name))

    scale()
    every(world, about(90), scale)


@healthy
def autoscaler_that_leaves_names_behind(world: World) -> None:
    """Pods stop cleanly, but nobody deletes their consumers: gone, and empty."""
    random = world.random
    steady(world)
    habit = quick(random)
    world.server.xgroup_create(*ORDERS)
    names = pod_names()
    pods = [Worker(world, ORDERS, next(names), habit) for _ in range(3)]

    def roll() -> None:
        pods.append(Worker(world, ORDERS, next(names), habit))
        pods.pop(0).stop()

    every(world, about(180), roll)


@healthy
def deployment(world: World) -> None:
    """All workers are replaced, one after another, under new names."""
    random = world.random
    steady(world)
    habit = quick(random)
    workers = team(world, 3, habit)
    names = pod_names("release-2")
    for number, worker in enumerate(workers):
        moment = 1_200 + number * random.uniform(5, 30)
        world.at(moment, worker.stop)
        world.at(moment + 3, lambda: Worker(world, ORDERS, next(names), habit))


@healthy
def restart_of_all_at_once(world: World) -> None:
    random = world.random
    steady(world)
    habit = quick(random)
    workers = team(world, 3, habit)
    moment = random.uniform(600, 1_800)
    world.at(moment, lambda: stop_all(workers))
    world.at(moment + random.uniform(5, 25), lambda: team(world, 3, habit, create=False))


@healthy
def trimming_of_read_entries(world: World) -> None:
    produce(world, "orders", world.random.uniform(1, 4), maxlen=world.random.randint(200, 1_000))
    team(world, 3, quick(world.random, work=about(0.1)))


@healthy
def trimming_each_minute(world: World) -> None:
    steady(world, maxlen=None)
    team(world, 3, quick(world.random, work=about(0.1)))
    every(world, about(60), lambda: world.server.xtrim("orders", 500))


@healthy
def deleted_once_acknowledged(world: World) -> None:
    """As Symfony does."""
    steady(world, maxlen=None)
    team(world, 2, quick(world.random, count=1, deletes=True, acknowledges="each"))


@healthy
def quiet_nights(world: World) -> None:
    """Full work, then twenty minutes of nearly nothing, then full work."""
    begins = world.random.uniform(700, 1_200)

    def rate(seconds: float) -> float:
        return 0.005 if begins < seconds < begins + 1_200 else 2.0

    produce(world, "orders", rate)
    team(world, 3, quick(world.random))


@healthy
def tide(world: World) -> None:
    """The load rises and falls; the group is late at the top, and catches up."""
    period = world.random.uniform(500, 800)

    def rate(seconds: float) -> float:
        return 3.4 if (seconds % period) < 100 else 1.5

    produce(world, "orders", rate)
    team(world, 1, Habit(10, 1.0, work=about(0.4)))
    world.learned = period + 60


@healthy
def nearly_saturated(world: World) -> None:
    """Workers have just enough time for what comes in: the lag wanders."""
    produce(world, "orders", 2.0)
    team(world, 2, Habit(10, 1.0, work=about(0.85)))
    world.learned = 600.0


@healthy
def two_groups(world: World) -> None:
    random = world.random
    steady(world)
    team(world, 2, quick(random))
    team(world, 1, quick(random, work=about(0.05)), AUDIT)


@healthy
def a_group_of_a_silent_stream(world: World) -> None:
    """One stream is busy; another has got nothing for an hour, its workers wait."""
    steady(world)
    team(world, 2, quick(world.random))
    world.add("returns")
    team(world, 2, quick(world.random, block=30.0), ("returns", "billing"))


@healthy
def polling_without_block(world: World) -> None:
    steady(world)
    pause = world.random.uniform(1, 20)
    team(world, 2, quick(world.random, block=None, pause=pause, count=100, work=about(0.01)))


@healthy
def a_consumer_that_only_retries(world: World) -> None:
    """A consumer that claims what failed, and never reads new entries."""
    random = world.random
    steady(world)
    team(world, 2, quick(random, fails=0.02, acknowledges="each"))
    world.learned = 300.0
    server = world.server

    def retry() -> None:
        claimed = server.xautoclaim(*ORDERS, "janitor", 60_000, count=100)
        server.xack(*ORDERS, claimed.ids)

    every(world, about(30), retry)


@healthy
def watched_after_the_loss(world: World) -> None:
    """Trimming overtook the group before the first look; since then all is well."""
    world.server.xgroup_create(*ORDERS)
    for _ in range(3_000):
        world.add("orders", 1_000)
    produce(world, "orders", 1.0, maxlen=1_000)
    team(world, 2, quick(world.random, work=about(0.05)), create=False)
    world.watched_from = 120.0
    world.learned = 180.0


@healthy
def many_consumers_wait(world: World) -> None:
    """Far more consumers than entries: each gets one in some minutes."""
    produce(world, "orders", world.random.uniform(0.1, 0.3))
    team(world, world.random.randint(20, 40), quick(world.random, block=30.0, count=1))


@healthy
def rewound_by_an_operator(world: World) -> None:
    """XGROUP SETID lets a group read some thousand entries once more."""
    add_many(world, 3_000)
    world.server.xgroup_create(*ORDERS, None)
    steady(world)
    team(world, 2, quick(world.random, count=10, work=about(0.1)), create=False)
    world.at(world.random.uniform(300, 600), lambda: world.server.xgroup_setid(*ORDERS, ZERO))


@healthy
def orders_cancelled(world: World) -> None:
    """A producer deletes one in fifty entries again, some of them before they are read."""
    random = world.random
    steady(world)
    team(world, 2, Habit(10, None, 3.0, work=about(0.1)))
    server = world.server

    def cancel() -> None:
        ids = server.streams["orders"].ids
        if ids:
            server.xdel("orders", [random.choice(ids[-10:])])

    every(world, about(25), cancel)


@healthy
def numbered_entries(world: World) -> None:
    """IDs are no times."""
    world.numbered = True
    steady(world)
    team(world, 3, quick(world.random))
