"""What the register for the indicators holds: one statement per table, for any size.

Every number follows from the organization's own, so that two builds are the same.
"""

from __future__ import annotations

from datetime import date

DAY = date(2012, 6, 7)
"""The day that is asked about."""

COUNTIES = 12
MEMBERS = 3
"""Relations per organization: 300,000 in the large register."""

_ROW = "'2010-01-02T00:00:00.000000Z', 1"
"""known_from and entry_id of every dated row; the ends are left open."""

_NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :organizations) "
)
_EACH = "FROM organization o"


def _dated(table: str, columns: str, values: str, source: str) -> str:
    return (
        f"INSERT INTO {table} ({columns}, known_from, entry_id) "  # noqa: S608 - our own text
        f"SELECT {values}, {_ROW} {source}"
    )


def _cases(workflow: str, kind: str, subject: str, state: str, source: str) -> list[str]:
    """A case in one state for every row of the source."""
    return [
        'INSERT INTO "case" (workflow, workflow_text_id, subject_type, subject_id, state, '  # noqa: S608 - our own text
        "state_since_on, fields, version, head_hash, last_on, taken_over_only, opened_on) "
        f"SELECT '{workflow}', 1, '{kind}', {subject}, {state}, '2010-03-01', '{{}}', 1, x'', "
        f"'2010-03-01', 0, '2010-03-01' {source}",
        _dated(
            "case_state",
            "case_id, state, from_on",
            "id, state, state_since_on",
            f"FROM \"case\" WHERE workflow = '{workflow}'",  # noqa: S608 - our own text
        ),
    ]


def _deadlines(rule: str, workflow: str, share: str) -> str:
    """A deadline of a share of the cases, most of them met, some late and some open."""
    return (
        "INSERT INTO deadline (case_id, rule, kind, cycle, anchor_on, raw_on, due_on, provisional, "  # noqa: S608 - our own text
        "status, closed_on, suspended_days, derivation, opened_entry_id) "
        f"SELECT id, '{rule}', 'deadline', 0, date('2011-01-01', '+' || (id % 700) || ' days'), "
        "date('2011-01-01', '+' || (id % 700 + 30) || ' days'), "
        "date('2011-01-01', '+' || (id % 700 + 30) || ' days'), 0, "
        "CASE WHEN id % 5 = 0 THEN 'open' ELSE 'met' END, "
        "CASE WHEN id % 5 > 0 THEN date('2011-01-01', '+' || (id % 700 + id % 45) || ' days') END, "
        '0, \'{"parameters": {}, "passed": [], "rule": "\' || hex(zeroblob(100)) || \'"}\', 1 '
        f"FROM \"case\" WHERE workflow = '{workflow}' AND {share}"
    )


_OWN = "JOIN party_body b ON b.organization_id = o.id WHERE o.id % 5 = 0"
_OTHER = "JOIN party_body b ON b.organization_id = o.id WHERE o.id % 5 > 0"

STATEMENTS = (
    "INSERT INTO workflow_text VALUES (1, 'x', '1', 'x', '', '2010-01-02T00:00:00.000000Z')",
    'INSERT INTO "case" (id, workflow, workflow_text_id, subject_type, subject_id, state, '
    "state_since_on, fields, version, head_hash, last_on, taken_over_only, opened_on) "
    "VALUES (1, 'x', 1, 'unit', 0, 'x', '2010-01-01', '{}', 1, x'', '2010-01-01', 0, '2010-01-01')",
    "INSERT INTO entry (id, case_id, seq, kind, event, to_state, effective_on, recorded_at, actor, "
    "request_id, supersedes, body, hash) VALUES (1, 1, 1, 'opened', 'x', 'x', '2010-01-01', "
    "'2010-01-02T00:00:00.000000Z', 'x', 'x', '[]', x'', x'')",
    # -- units: a city, its counties, fourteen bureaus and sixteen townships in each -------------
    "INSERT INTO unit (id, name, level, kind) "
    "VALUES (1, 'city', 'city', 'organization_department')",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) "
    "INSERT INTO unit (id, name, parent_id, level, kind) "
    "SELECT 1 + i, 'county ' || i, 1, 'county', 'organization_department' FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 359) "
    "INSERT INTO unit (id, name, parent_id, level, kind) SELECT 14 + i, 'unit ' || i, 2 + i % 12, "
    "CASE WHEN i < 168 THEN 'county' ELSE 'township' END, "
    "CASE WHEN i < 168 THEN 'supervisory_unit' ELSE 'township' END FROM n",
    "INSERT INTO party_body (id, unit_id) SELECT id, id FROM unit",
    _dated("body_kind", "body_id, kind, from_on", "id, 'unit', '2001-01-01'", "FROM unit"),
    # -- organizations --------------------------------------------------------------------------
    f"INSERT INTO organization (id, credit_code) {_NUMBERS} SELECT i, 'C' || i FROM n",
    _dated(
        "organization_profile",
        "organization_id, name, kind, supervisor_id, county_id, township_id, registered_on, "
        "from_on",
        "o.id, 'organization ' || o.id, CASE o.id % 3 WHEN 0 THEN 'association' WHEN 1 THEN "
        "'private_nonenterprise_unit' ELSE 'intermediary_organization' END, "
        "CASE WHEN o.id % 4 > 0 THEN 14 + o.id % 168 END, 2 + o.id % 12, 182 + o.id % 192, "
        "'2005-01-01', '2005-01-01'",
        _EACH,
    ),
    _dated(
        "headcount",
        "organization_id, members, unit_members, full_time, part_time, employees, from_on, "
        "until_on",
        "o.id, o.id * 11 % 160, o.id % 7, o.id % 4, o.id % 3, o.id * 7 % 60, '2010-06-07', "
        "'2011-12-01'",
        _EACH,
    ),
    _dated(
        "headcount",
        "organization_id, members, unit_members, full_time, part_time, employees, from_on",
        "o.id, o.id * 11 % 163, o.id % 7, o.id % 4, o.id % 3, o.id * 7 % 61, '2011-12-01'",
        _EACH,
    ),
    _dated(
        "activist_count",
        "organization_id, applicants, activists, from_on",
        "o.id, 2, 1, '2010-06-07'",
        f"{_EACH} WHERE o.id % 2 = 0",
    ),
    _dated(
        "instructor_post",
        "organization_id, kind, from_on",
        "o.id, CASE WHEN o.id % 9 = 0 THEN 'liaison' ELSE 'instructor' END, '2010-06-07'",
        f"{_EACH} WHERE o.id % 3 > 0",
    ),
    _dated(
        "attendance",
        "unit_id, session, organization_id, audience, headcount, from_on",
        "2 + o.id % 12, '2011-1', o.id, 'leaders', 1, '2011-05-04'",
        f"{_EACH} WHERE o.id % 4 > 0",
    ),
    # -- bodies: own ones, a joint one for every ten, provisional and prospective ones ------------
    "INSERT INTO party_body (organization_id) SELECT id FROM organization",
    _dated(
        "body_kind",
        "body_id, kind, from_on",
        "b.id, CASE WHEN o.id % 50 = 0 THEN 'joint' ELSE 'own' END, '2010-09-01'",
        f"{_EACH} {_OWN}",
    ),
    _dated(
        "body_kind",
        "body_id, kind, from_on",
        "b.id, CASE WHEN o.id % 17 = 0 THEN 'provisional' ELSE 'prospective' END, '2010-09-01'",
        f"{_EACH} {_OTHER}",
    ),
    _dated(
        "body_serves",
        "body_id, organization_id, from_on",
        "b.id, o.id, '2010-09-01'",
        f"{_EACH} {_OWN}",
    ),
    _dated(
        "body_serves",
        "body_id, organization_id, from_on",
        "b.id, o.id + 1, '2010-09-01'",
        f"{_EACH} {_OWN} AND o.id % 50 = 0 AND o.id < :organizations",
    ),
    _dated(
        "certificate",
        "body_id, from_on, until_on",
        "b.id, '2011-10-01', '2012-10-02'",
        f"{_EACH} {_OWN} AND o.id % 3 = 0",
    ),
    _dated("election", "body_id, from_on", "b.id, '2010-09-01'", f"{_EACH} {_OWN}"),
    _dated(
        "body_listing",
        "body_id, list, from_on",
        "b.id, 'demonstration', '2011-10-01'",
        f"{_EACH} {_OWN} AND o.id % 100 = 0",
    ),
    _dated(
        "funding",
        "body_id, year, members, due_cny, paid_cny, from_on",
        "b.id, 2012, 3, 300, 100 * (o.id % 4), '2012-01-01'",
        f"{_EACH} {_OWN}",
    ),
    # -- people ------------------------------------------------------------------------------
    "WITH k(j) AS (VALUES (0), (1), (2)) INSERT INTO person (id, name, surname, namesake) "
    "SELECT o.id * 3 + k.j, 'p' || (o.id * 3 + k.j), 'p', 0 FROM organization o, k",
    "INSERT INTO person_at_organization (id, person_id, organization_id) "
    "SELECT id, id, id / 3 FROM person",
    _dated(
        "engagement",
        "person_at_organization_id, employment, from_on",
        "p.id, CASE WHEN p.id % 4 = 0 THEN 'part_time' ELSE 'full_time' END, '2010-06-07'",
        "FROM person p",
    ),
    _dated(
        "party_status",
        "person_id, status, from_on",
        "p.id, CASE WHEN p.id % 10 = 0 THEN 'probationary' ELSE 'full' END, '2009-01-01'",
        "FROM person p",
    ),
    _dated(
        "formal_relation",
        "person_id, body_id, from_on",
        "p.id, CASE WHEN p.id % 7 = 0 THEN NULL WHEN (p.id / 3) % 3 > 0 THEN b.id "
        "ELSE 14 + (p.id / 3) % 168 END, '2010-06-07'",
        "FROM person p JOIN party_body b ON b.organization_id = p.id / 3",
    ),
    # -- cases and deadlines -------------------------------------------------------------------
    *_cases(
        "organization_registration",
        "organization",
        "o.id",
        "CASE WHEN o.id % 40 = 0 THEN 'deregistering' ELSE 'active' END",
        _EACH,
    ),
    *_cases(
        "affiliation",
        "organization",
        "o.id",
        "CASE o.id % 4 WHEN 0 THEN 'undecided' WHEN 1 THEN 'interim' ELSE 'decided' END",
        _EACH,
    ),
    *_cases("organization_coverage", "organization", "o.id", "'pending_coverage'", _EACH),
    *_cases(
        "instructor_assignment", "organization", "o.id", "'wanted'", f"{_EACH} WHERE id % 3 = 0"
    ),
    *_cases("branch", "party_body", "b.id", "'active'", f"{_EACH} {_OWN}"),
    *_cases("branch", "party_body", "b.id", "'duty_open'", f"{_EACH} {_OTHER}")[:1],
    _dated(
        "case_state",
        "case_id, state, from_on",
        "id, state, state_since_on",
        "FROM \"case\" WHERE workflow = 'branch' AND state = 'duty_open'",
    ),
    *_cases("branch_term", "party_body", "b.id", "'in_term'", f"{_EACH} {_OWN}"),
    *_cases("activity_premises", "party_body", "b.id", "'accepted'", f"{_EACH} {_OWN}"),
    *_cases("member_relation", "person_at_organization", "p.id", "'formal_due'", "FROM person p"),
    _deadlines("D8", "member_relation", "id % 3 > 0"),
    _deadlines("D10", "member_relation", "id % 3 = 0"),
    _deadlines("D13", "organization_registration", "id % 2 = 0"),
    _deadlines("D5", "branch", "state = 'duty_open'"),
    _deadlines("D6", "instructor_assignment", "id % 2 = 0"),
)
"""In the order in which rows name each other."""
