"""How long what is recorded about people is kept (rulebook F9, P40)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from lifecycle.conditions import Label
from lifecycle.workdays import Period

if TYPE_CHECKING:
    from lifecycle.policy import Parameters


@dataclass(frozen=True, slots=True)
class RecordClass:
    """A class of records that is kept for the same time."""

    name: str
    parameter: str
    label: Label

    def kept_until(self, ended_on: date, parameters: Parameters) -> date:
        """The last day on which such a record is kept.

        Args:
            ended_on: when the record was done with: the case closed, the notice sent.
            parameters: the policy in force today, so that a shorter time holds at once.
        """
        length = parameters.integer(self.parameter)
        if parameters.policy.parameter(self.parameter).type == "days":
            return ended_on + timedelta(days=length)
        return Period(months=12 * length).after(ended_on)


def _class(parameter: str, zh: str, en: str) -> RecordClass:
    return RecordClass(parameter.removeprefix("P40."), parameter, Label(zh=zh, en=en))


RECORD_CLASSES = {
    one.name: one
    for one in (
        _class("P40.clock", "已取消的六个月计时", "cancelled six-month clocks"),
        _class("P40.named_notice", "含姓名的通知", "notices with names"),
        _class("P40.other_notice", "其他通知", "other notices"),
        _class("P40.applicant", "未入党的申请人", "applicants who did not become members"),
        _class("P40.relation", "已终止的组织关系", "ended relation cases"),
        _class("P40.letter", "介绍信编号和回执", "letter numbers and receipts"),
        _class("P40.file", "上传文件和已投递邮件", "uploads and delivered mail files"),
    )
}
"""Every class of the retention table; organization-level history and hashes stay for ever."""
