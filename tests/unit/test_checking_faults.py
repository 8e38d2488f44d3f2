"""Every kind of fault, planted in a sound definition, is found: kind, line, words and path."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lifecycle.checking import Code
from tests.small_law import RACK, SOUND, problems


@dataclass(frozen=True, slots=True)
class Fault:
    """An edit of the small law, and what is to be said about it."""

    old: str
    new: str
    code: Code
    line_with: str
    says: str
    path: tuple[str, ...] | None = None
    nth: int = 0
    """Which of the lines with that text."""
    also: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        text = SOUND
        for old, new in ((self.old, self.new), *self.also):
            assert old in text
            text = text.replace(old, new, 1)
        return text

    @property
    def line(self) -> int:
        lines = enumerate(self.text.splitlines(), start=1)
        return [number for number, line in lines if self.line_with in line][self.nth]


def _row(event: str, state: str, target: str, rest: str) -> str:
    return (
        f"  - event: {event}\n    label: {{zh: 事, en: thing}}\n    from: {state}\n"
        f"    to: {target}\n    cite: [R1]\n{rest}"
    )


def _before_deadlines(*rows: str) -> tuple[str, str]:
    return "deadlines:\n  D1:", "".join(rows) + "deadlines:\n  D1:"


AUTOMATIC, BY = "    automatic: true\n", "    by: [case_officer]\n"

FAULTS: dict[str, Fault] = {
    "a state that nothing leads to": Fault(
        "  lost: {label",
        "  burnt: {label: {zh: 烧, en: burnt}, final: true}\n  lost: {label",
        Code.UNREACHABLE_STATE,
        "  burnt:",
        "no events lead to burnt",
    ),
    "a state before that nothing comes from": Fault(
        "      - {fact: broken, is: true, cite: R1}",
        "      - {fact: state_before, is: done, cite: R1}",
        Code.WRONG_VALUE,
        "is: done, cite",
        "state_before is never 'done': it is one of lost, sent",
    ),
    "a trap": Fault(
        "from: [sent, lost]",
        "from: sent",
        Code.TRAP_STATE,
        "  lost: {label",
        "lost is not final, and nothing leads out of it",
        ("posted", "broke"),
        also=(("    from: lost", "    from: sent"),),
    ),
    "a way that never reaches an end": Fault(
        "closing_state: done\n",
        "",
        Code.TRAP_STATE,
        "  lost: {label",
        "nothing leads out of it",
        also=(
            ("from: [sent, lost]\n    to: waiting", "from: lost\n    to: same"),
            ("    from: lost\n    to: done", "    from: lost\n    to: same"),
        ),
    ),
    "conditions that contradict each other": Fault(
        "      - {fact: broken, is: true, cite: R1}",
        "      - {fact: broken, is: true, cite: R1}\n      - {fact: sealed, is: true, cite: R1}",
        Code.DEAD_ROW,
        "event: broke",
        "contradict each other in waiting",
    ),
    "a bound that contradicts another": Fault(
        "      - {fact: weight, at_most: P9, cite: R1}",
        "      - {fact: weight, at_most: P9, cite: R1}\n"
        "      - {fact: weight, more_than: P9, cite: R1}",
        Code.DEAD_ROW,
        "event: went_out",
        "contradict",
    ),
    "a count below nothing": Fault(
        "      - {fact: weight, at_most: P9, cite: R1}",
        "      - {fact: weight, less_than: 0, cite: R1}",
        Code.DEAD_ROW,
        "event: went_out",
        "contradict",
    ),
    "a word that the vocabulary lacks": Fault(
        "      - {fact: broken, is: true, cite: R1}",
        "      - {fact: size, one_of: [small, huge], cite: R1}",
        Code.WRONG_VALUE,
        "huge",
        "size is never 'huge': it is one of small, large",
    ),
    "automatic exits that can hold together": Fault(
        "      - {fact: sealed, is: false, cite: R1}\n",
        "",
        Code.ROWS_OVERLAP,
        "event: broke",
        "broke can hold together with went_out of line 49 in waiting",
        ("posted",),
    ),
    "bounds that meet": Fault(
        "      - {fact: sealed, is: false, cite: R1}\n",
        "      - {fact: weight, at_least: P9, cite: R1}\n",
        Code.ROWS_OVERLAP,
        "event: broke",
        "weight = P9",
    ),
    "an override that keeps rows apart": Fault(
        "      - {fact: sealed, is: false, cite: R1}\n",
        "      - {fact: sealed, is: false, override: true, cite: R1}\n",
        Code.ROWS_OVERLAP,
        "event: broke",
        "can hold together",
    ),
    "answers that overlap": Fault(
        "      - {field: intact, is: false, cite: R1}",
        "      - {field: note, is_known: false, cite: R1}",
        Code.ROWS_OVERLAP,
        "event: arrived",
        "arrived to lost can hold together with arrived to done",
        ("posted", "went_out"),
        nth=1,
    ),
    "predicates that say nothing of each other": Fault(
        "      - {field: intact, is: true, cite: R1}",
        "      - {predicate: full, cite: R1}",
        Code.ROWS_OVERLAP,
        "event: arrived",
        "full is True",
        nth=1,
    ),
    "rows of one moment": Fault(
        *_before_deadlines(
            _row("late", "sent", "lost", "    time: D1\n"),
            _row("late", "sent", "waiting", "    time: D1\n"),
        ),
        Code.ROWS_OVERLAP,
        "event: late",
        "late to waiting can hold together with late to lost",
        nth=1,
    ),
    "an answer that no row takes": Fault(
        "      - {field: intact, is: false, cite: R1}",
        "      - {field: intact, is: false, cite: R1}\n"
        "      - {fact: size, is: small, cite: R1}\n"
        "  - event: arrived\n    label: {zh: 到, en: arrived}\n    from: sent\n    to: waiting\n"
        "    by: [approver]\n    cite: [R1]\n    fields: *form\n    guards:\n"
        "      - {field: intact, is: false, cite: R1}\n"
        "      - {fact: size, is_not: small, cite: R1}\n"
        "      - {fact: size, is_not: large, cite: R1}",
        Code.ROWS_LEAVE_GAP,
        "event: arrived",
        "no row of arrived in sent holds when",
        ("posted", "went_out"),
    ),
    "an answer that may be left empty": Fault(
        "      intact: {type: yes_no, label: {zh: 好, en: intact}}",
        "      intact: {type: yes_no, label: {zh: 好, en: intact}, required: false}",
        Code.ROWS_LEAVE_GAP,
        "event: arrived",
        "intact is unknown",
    ),
    "a bound that leaves a number out": Fault(
        "      - {field: intact, is: false, cite: R1}\n  - event: written_off",
        "      - {field: intact, is: false, cite: R1}\n"
        + _row(
            "split",
            "sent",
            "lost",
            BY + "    guards:\n      - {fact: weight, less_than: 3, cite: R1}\n",
        )
        + _row(
            "split",
            "sent",
            "waiting",
            BY + "    guards:\n      - {fact: weight, more_than: 3, cite: R1}\n",
        )
        + "  - event: written_off",
        Code.ROWS_LEAVE_GAP,
        "event: split",
        "weight is 3",
    ),
    "a field that may not have been recorded": Fault(
        *_before_deadlines(
            _row(
                "stored",
                "sent",
                "lost",
                BY + "    guards:\n      - {recorded: shelf, is: a, cite: R1}\n",
            ),
            _row(
                "stored",
                "sent",
                "waiting",
                BY + "    guards:\n      - {recorded: shelf, is: b, cite: R1}\n",
            ),
        ),
        Code.ROWS_LEAVE_GAP,
        "event: stored",
        "shelf is unknown",
    ),
    "a row that fires on its own result": Fault(
        "    sets: {was_heavy: true}",
        "    sets: {was_heavy: false}",
        Code.AUTOMATIC_CIRCLE,
        "event: weighed",
        "weighed may follow each other for ever, beginning in waiting",
        ("posted", "weighed"),
    ),
    "rows that send a case to and fro": Fault(
        "    to: waiting\n    by: [case_officer]\n    cite: [R1]\n  - event: arrived",
        "    to: waiting\n    automatic: true\n    cite: [R1]\n  - event: arrived",
        Code.AUTOMATIC_CIRCLE,
        "event: went_out",
        "went_out, came_back may follow each other for ever",
        ("posted", "went_out", "came_back"),
    ),
    "time that finds its deadline open again": Fault(
        *_before_deadlines(_row("late", "sent", "same", "    time: D1\n")),
        Code.AUTOMATIC_CIRCLE,
        "event: late",
        "late may follow each other for ever, beginning in sent",
    ),
    "a fact that its own effect may change": Fault(
        "    sets: {was_heavy: true}\n",
        "    effects: [staff]\n",
        Code.AUTOMATIC_CIRCLE,
        "event: weighed",
        "weighed may follow",
    ),
    "a deadline that nothing opens": Fault(
        "    opens: [D1]\n",
        "",
        Code.DEADLINE_NEVER_STARTS,
        "  D1:",
        "no row opens D1",
    ),
    "a deadline that nothing ends": Fault(
        "    meets: [D1]\n",
        "",
        Code.DEADLINE_NEVER_ENDS,
        "  D1:",
        "no row meets, cancels or lapses D1",
        also=(("    lapses: [D1]\n", ""),),
    ),
    "an end that leaves a deadline running": Fault(
        "    meets: [D1]\n",
        "",
        Code.DEADLINE_OUTLIVES_CASE,
        "  D1:",
        "D1 may still run when the case ends in done",
        ("posted", "went_out", "arrived"),
    ),
    "a state in which a deadline is stuck": Fault(
        "  lost: {label: {zh: 失, en: lost}}",
        "  lost: {label: {zh: 失, en: lost}}\n  kept: {label: {zh: 存, en: kept}}",
        Code.DEADLINE_STUCK,
        "  D1:",
        "D1 may run in kept, and nothing from there on ends it",
        ("posted", "broke", "stored"),
        also=(
            _before_deadlines(
                _row("stored", "lost", "kept", BY), _row("counted_again", "kept", "same", BY)
            ),
        ),
    ),
    "a moment ahead that is not ahead": Fault(
        *_before_deadlines(
            _row("near", "sent", "lost", "    time: {before: D1, months: 0}\n"),
        ),
        Code.REMINDER_TOO_LATE,
        "time: {before",
        "near comes 0 months before D1",
    ),
    "a notice that is never owed": Fault(
        "    values: [weight, was_heavy, shelf, D1]\n",
        "    values: [weight, was_heavy, shelf, D1]\n"
        "  N2:\n    label: {zh: 知, en: notice}\n    to: [sent_on]\n",
        Code.NOTICE_UNUSED,
        "  N2:",
        "N2 is declared and never owed",
    ),
    "a value that nothing gives": Fault(
        "[weight, was_heavy, shelf, D1]",
        "[wieght, was_heavy, shelf, D1]",
        Code.NOTICE_VALUE_UNKNOWN,
        "  N1:",
        "'wieght', which nothing gives; nearest known: weight",
    ),
    "a deadline that another workflow owns": Fault(
        "[weight, was_heavy, shelf, D1]",
        "[weight, was_heavy, shelf, D1, D2]",
        Code.DEADLINE_OWNER,
        "  N1:",
        "D2, a deadline that parcel does not declare",
    ),
    "an event that nobody records": Fault(
        "    by: [approver]\n    cite: [R1]\n    lapses",
        "    by: [scheduler, auditor]\n    cite: [R1]\n    lapses",
        Code.NOBODY_CAN_ACT,
        "    by: [scheduler",
        "nobody can record written_off",
    ),
    "one role for two persons": Fault(
        "    by: [approver]\n    cite: [R1]\n    lapses",
        "    by: [approver]\n    differs_from: arrived\n    cite: [R1]\n    lapses",
        Code.ONE_ROLE_FOR_TWO,
        "differs_from",
        "written_off wants another person than arrived, and approver alone may record both",
    ),
    "a row without a clause": Fault(
        "    cite: [R1]\n    opens: [D1]",
        "    cite: []\n    opens: [D1]",
        Code.UNCITED,
        "event: posted",
        "posted cites no clause",
    ),
    "a condition without a clause": Fault(
        "      - {fact: broken, is: true, cite: R1}",
        "      - {fact: broken, is: true}",
        Code.UNCITED,
        "{fact: broken",
        "broken cites no clause",
    ),
    "practice that does not say why": Fault(
        "    cite: [R1]\n    opens: [D1]",
        "    cite: [practice]\n    opens: [D1]",
        Code.UNCITED,
        "event: posted",
        "rests on practice and does not say why",
    ),
    "a condition that reads upward": Fault(
        "      - {fact: broken, is: true, cite: R1}",
        "      - {fact: on_rack, is: empty, cite: R1}",
        Code.READS_UPWARD,
        "{fact: on_rack",
        "on_rack reads rack of stratum 4, and parcel is settled in stratum 3",
    ),
    "a condition that reads every case": Fault(
        "      - {fact: broken, is: true, cite: R1}",
        "      - {fact: cases_in_all, at_least: 1, cite: R1}",
        Code.READS_UPWARD,
        "{fact: cases_in_all",
        "reads cases of every workflow",
    ),
    "a pause that reads upward": Fault(
        "    reminder: N1\n",
        "    reminder: N1\n    pause_while:\n      - {fact: on_rack, is: empty, cite: R1}\n",
        Code.READS_UPWARD,
        "{fact: on_rack",
        "on_rack reads rack",
    ),
}


def test_the_small_law_is_sound() -> None:
    assert problems(SOUND, RACK) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    fault = FAULTS[name]
    found = [one for one in problems(fault.text, RACK) if one.code is fault.code]

    assert [one.line for one in found if fault.says in one.message] == [fault.line], found
    if fault.path is not None:
        assert fault.path in [one.path for one in found]
