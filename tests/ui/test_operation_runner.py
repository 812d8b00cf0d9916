"""From a request to a receipt without a terminal: the dialogs are answered at once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from streamtop.model.abilities import Abilities
from streamtop.model.history import History
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.verdict import Thresholds
from streamtop.operations import Outcome
from streamtop.operations.acknowledge import Acknowledge
from streamtop.planning.plan import Plan
from streamtop.source import UnreachableError
from streamtop.ui import rows
from streamtop.ui.actions import ActionRequested
from streamtop.ui.dialog_host import DialogHost
from streamtop.ui.dialogs.confirm import Confirm
from streamtop.ui.dialogs.form import Answers, ChosenName, Form
from streamtop.ui.operation_runner import OperationRunner
from tests.fakes import FakeSource, consumer, group, pending_entries, snapshot, stream
from tests.kit.waiting import until

if TYPE_CHECKING:
    from textual.screen import ModalScreen

T = TypeVar("T")
HELD = pending_entries(3)
SEEN = snapshot(
    stream("orders", group("billing", consumer("w1", 3), consumer("w2"), pending=3)),
)
CLAIM = {
    "For consumer": ChosenName("w2"),
    "Count this delivery: the delivery count rises by one": False,
    "If idle longer than": None,
}


class Answered(DialogHost):
    """Answers one dialog after another: a form by its labels, any other with the value itself."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[ModalScreen[Any]] = []
        self.refused: list[str] = []
        self.notices: list[str] = []

    async def ask(self, screen: ModalScreen[T]) -> T | None:
        self.asked.append(screen)
        answer = self.answers.pop(0)
        if isinstance(screen, Form) and isinstance(answer, dict):
            answer = Answers({field: answer[field.label] for field in screen.fields})
        return cast("T", answer)

    def notify(self, text: str, title: str = "", *, timeout: float | None = None) -> None:
        self.notices.append(text)

    def refuse(self, why: str, title: str = "Not done") -> None:
        self.refused.append(why)


class Run:
    """A runner over a fake source, and what came of it."""

    def __init__(self, *answers: object) -> None:
        self.source = FakeSource(SEEN, held={("orders", "billing"): HELD})
        self.dialogs = Answered(*answers)
        self.done: list[str] = []
        self.looks = 0
        self.session = SimpleNamespace(
            judge=rows.Judge(History(60_000), Thresholds()),
            snapshot=SEEN,
            source=self.source,
            abilities=None,
        )
        self.runner = OperationRunner(
            self.session,
            self.dialogs,
            journal=None,
            mask=None,
            done=self._done,
            look=self._look,
        )

    async def _done(self, operation: object, receipt: object) -> None:
        self.done.append(str(receipt))

    def _look(self) -> None:
        self.looks += 1

    async def claim(self) -> None:
        entries = PendingEntries(HELD)
        request = ActionRequested("claim", "orders", group="billing", entries=entries)
        await self.runner.complete(request)

    @property
    def question(self) -> str:
        """The sentences of the last question."""
        confirm = self.dialogs.asked[-1]
        assert isinstance(confirm, Confirm)
        return " ".join((*confirm.notes, *confirm.operation.consequences))


def acknowledge(count: int = 1) -> Acknowledge:
    return Acknowledge("orders", "billing", PendingEntries(HELD[:count]))


async def test_after_an_operation_its_marks_are_removed_and_it_looks_again() -> None:
    run = Run(True)
    await run.runner.confirm(Plan(acknowledge()))
    assert (run.done, run.looks, len(run.source.written)) == (["1 done"], 1, 1)
    assert run.dialogs.notices == [f"{HELD[0].id}: done"]


@pytest.mark.parametrize("answers", [(None,), (CLAIM, False), (CLAIM, None)])
async def test_who_leaves_the_form_or_says_no_changes_nothing(answers: tuple[object, ...]) -> None:
    run = Run(*answers)
    await run.claim()
    assert len(run.dialogs.asked) == len(answers)
    assert (run.done, run.looks, run.source.written) == ([], 0, [])


@pytest.mark.parametrize(("gone", "said"), [(2, True), (0, False), (None, False)])
async def test_a_claim_says_how_many_have_no_payload_if_that_is_known(
    gone: int | None, said: bool
) -> None:
    run = Run(CLAIM, False)
    run.source.gone = None if gone is None else {"orders": [row.id for row in HELD[:gone]]}
    await run.claim()
    assert ("2 of 3 have no payload" in run.question) is said
    assert ("payload" in run.question) is said


@pytest.mark.parametrize("method", ["missing", "abilities"])
async def test_when_the_server_cannot_be_asked_that_is_said_and_nothing_is_done(
    method: str,
) -> None:
    run = Run(CLAIM)
    run.source.failures[method] = UnreachableError("the connection broke")
    await run.claim()
    assert run.dialogs.refused == ["the connection broke"]
    assert (run.done, run.source.written) == ([], [])


async def test_what_the_user_may_not_send_any_more_is_refused_before_the_question() -> None:
    run = Run()
    run.source.able = Abilities(refused=frozenset({"XACK"}), user="eve")
    await run.runner.confirm(Plan(acknowledge()))
    assert run.dialogs.refused == ["the user eve may not send XACK"]
    assert run.dialogs.asked == []
    assert run.session.abilities is run.source.able


async def test_the_question_says_what_is_left_out_and_why() -> None:
    run = Run(False)
    already = [Outcome(EntryId(n, 0), "skipped", "it is not there") for n in range(2)]
    already.append(Outcome(EntryId(9, 0), "skipped", "it is not pending"))
    await run.runner.confirm(Plan(acknowledge(), already, ("And more.",)))
    assert run.question.startswith(
        "2 entries left out: it is not there. 1 entry left out: it is not pending. And more."
    )


async def test_operations_run_one_after_the_other() -> None:
    run = Run(True, True)
    run.source.gates["write"] = asyncio.Event()
    both = [asyncio.create_task(run.runner.confirm(Plan(acknowledge()))) for _ in range(2)]
    await until(lambda: "write" in run.source.asked)
    assert run.source.asked.count("write") == 1
    run.source.gates["write"].set()
    await asyncio.gather(*both)
    assert (run.source.asked.count("write"), run.looks) == (2, 2)


async def test_a_runner_that_stops_waits_for_the_batch_under_way_and_keeps_the_receipt() -> None:
    run = Run(True)
    run.source.gates["write"] = asyncio.Event()
    running = asyncio.create_task(run.runner.confirm(Plan(acknowledge())))
    await until(lambda: "write" in run.source.asked)
    stopping = asyncio.create_task(run.runner.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    run.source.gates["write"].set()
    await asyncio.gather(stopping, running)
    assert run.runner.last_words == "Acknowledge: 1 done"
    assert (run.done, run.runner.running) == ([], None)
