"""Values of parameters that jurisdictions set for themselves, as the database keeps them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from lifecycle.moments import day_start
from lifecycle.policy import read_overrides
from lifecycle.store.tables import parameter_value, unit
from tests.builders import app_on
from workflows.law import read_policy

OLD, NEW = date(2020, 1, 1), date(2025, 1, 1)


def test_what_a_jurisdiction_sets_is_read_again_and_again_the_same(migrated_url: str) -> None:
    with app_on(migrated_url, NEW) as app:

        def write(connection: sa.Connection) -> None:
            connection.execute(
                sa.insert(unit).values(name="bureau", level="county", kind="supervisory_unit")
            )
            connection.execute(
                sa.insert(parameter_value).values(
                    parameter="P9",
                    unit_id=1,
                    from_on=OLD,
                    value=45,
                    recorded_at=day_start(NEW),
                    recorded_by="chen",
                )
            )

        app.write(write)
        once = app.read(lambda c: read_overrides(c, read_policy()))
        app.write(app.registry.refresh_policy)
        app.write(app.registry.refresh_policy)

        assert once.at(NEW, 1)["P9"] == 45
        assert once.at(NEW)["P9"] == 30
        assert app.registry.policy.digest == once.digest
        assert len(app.registry.policy.parameter("P9").values) == len(once.parameter("P9").values)


def test_what_a_jurisdiction_no_longer_sets_no_longer_holds(migrated_url: str) -> None:
    with app_on(migrated_url, NEW) as app:
        general = app.registry.policy.digest

        def write(connection: sa.Connection) -> None:
            values = {"parameter": "P9", "from_on": OLD, "value": 45, "recorded_by": "chen"}
            statement = sa.insert(parameter_value).values(recorded_at=day_start(NEW), **values)
            connection.execute(statement)

        app.write(write)
        app.write(app.registry.refresh_policy)
        assert app.registry.policy.at(NEW)["P9"] == 45
        app.write(lambda c: c.execute(sa.delete(parameter_value)))
        app.write(app.registry.refresh_policy)

        assert app.registry.policy.at(NEW)["P9"] == 30
        assert app.registry.policy.digest == general
