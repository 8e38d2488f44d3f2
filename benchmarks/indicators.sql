-- The register that the indicators are measured on: so many organizations with three
-- relations each. Every value follows from a row's own number, so that two builds are the same.

-- What every row rests on: one text of rules, one case, one entry.
INSERT INTO workflow_text
VALUES (1, 'x', '1', 'x', '', '2010-01-02T00:00:00.000000Z');
INSERT INTO "case" (id, workflow, workflow_text_id, subject_type, subject_id, state,
  state_since_on, fields, version, head_hash, last_on, taken_over_only, opened_on)
VALUES (1, 'x', 1, 'unit', 0, 'x', '2010-01-01', '{}', 1, x'', '2010-01-01', 0, '2010-01-01');
INSERT INTO entry (id, case_id, seq, kind, event, to_state, effective_on, recorded_at, actor,
  request_id, supersedes, body, hash)
VALUES (1, 1, 1, 'opened', 'x', 'x', '2010-01-01', '2010-01-02T00:00:00.000000Z', 'x', 'x', '[]',
  x'', x'');

-- Units: a city, its counties, fourteen bureaus and sixteen townships in each.
INSERT INTO unit (id, name, level, kind)
VALUES (1, 'city', 'city', 'organization_department');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
INSERT INTO unit (id, name, parent_id, level, kind)
SELECT 1 + i, 'county ' || i, 1, 'county', 'organization_department'
FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 359)
INSERT INTO unit (id, name, parent_id, level, kind)
SELECT 14 + i, 'unit ' || i, 2 + i % 12, CASE WHEN i < 168 THEN 'county' ELSE 'township' END,
  CASE WHEN i < 168 THEN 'supervisory_unit' ELSE 'township' END
FROM n;
INSERT INTO party_body (id, unit_id)
SELECT id, id FROM unit;
INSERT INTO body_kind (body_id, kind, from_on, known_from, entry_id)
SELECT id, 'unit', '2001-01-01', '2010-01-02T00:00:00.000000Z', 1
FROM unit;

-- Organizations: of three kinds, with two headcount statements, work components.
INSERT INTO organization (id, credit_code)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :organizations)
SELECT i, 'C' || i FROM n;
INSERT INTO organization_profile (organization_id, name, kind, supervisor_id, county_id,
  township_id, registered_on, from_on, known_from, entry_id)
SELECT o.id, 'organization ' || o.id, CASE o.id % 3 WHEN 0 THEN 'association' WHEN 1 THEN
  'private_nonenterprise_unit' ELSE 'intermediary_organization' END,
  CASE WHEN o.id % 4 > 0 THEN 14 + o.id % 168 END, 2 + o.id % 12, 182 + o.id % 192, '2005-01-01',
  '2005-01-01', '2010-01-02T00:00:00.000000Z', 1
FROM organization o;
INSERT INTO headcount (organization_id, members, unit_members, full_time, part_time, employees,
  from_on, until_on, known_from, entry_id)
SELECT o.id, o.id * 11 % 160, o.id % 7, o.id % 4, o.id % 3, o.id * 7 % 60, '2010-06-07',
  '2011-12-01', '2010-01-02T00:00:00.000000Z', 1
FROM organization o;
INSERT INTO headcount (organization_id, members, unit_members, full_time, part_time, employees,
  from_on, known_from, entry_id)
SELECT o.id, o.id * 11 % 163, o.id % 7, o.id % 4, o.id % 3, o.id * 7 % 61, '2011-12-01',
  '2010-01-02T00:00:00.000000Z', 1
FROM organization o;
INSERT INTO activist_count (organization_id, applicants, activists, from_on, known_from, entry_id)
SELECT o.id, 2, 1, '2010-06-07', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
WHERE o.id % 2 = 0;
INSERT INTO instructor_post (organization_id, kind, from_on, known_from, entry_id)
SELECT o.id, CASE WHEN o.id % 9 = 0 THEN 'liaison' ELSE 'instructor' END, '2010-06-07',
  '2010-01-02T00:00:00.000000Z', 1
FROM organization o
WHERE o.id % 3 > 0;
INSERT INTO attendance (unit_id, session, organization_id, audience, headcount, from_on,
  known_from, entry_id)
SELECT 2 + o.id % 12, '2011-1', o.id, 'leaders', 1, '2011-05-04', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
WHERE o.id % 4 > 0;

-- Bodies: own ones, some of them joint, provisional and prospective ones.
INSERT INTO party_body (organization_id)
SELECT id FROM organization;
INSERT INTO body_kind (body_id, kind, from_on, known_from, entry_id)
SELECT b.id, CASE WHEN o.id % 50 = 0 THEN 'joint' ELSE 'own' END, '2010-09-01',
  '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0;
INSERT INTO body_kind (body_id, kind, from_on, known_from, entry_id)
SELECT b.id, CASE WHEN o.id % 17 = 0 THEN 'provisional' ELSE 'prospective' END, '2010-09-01',
  '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 > 0;
INSERT INTO body_serves (body_id, organization_id, from_on, known_from, entry_id)
SELECT b.id, o.id, '2010-09-01', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0;
INSERT INTO body_serves (body_id, organization_id, from_on, known_from, entry_id)
SELECT b.id, o.id + 1, '2010-09-01', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0 AND o.id % 50 = 0 AND o.id < :organizations;
INSERT INTO certificate (body_id, from_on, until_on, known_from, entry_id)
SELECT b.id, '2011-10-01', '2012-10-02', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0 AND o.id % 3 = 0;
INSERT INTO election (body_id, from_on, known_from, entry_id)
SELECT b.id, '2010-09-01', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0;
INSERT INTO body_listing (body_id, list, from_on, known_from, entry_id)
SELECT b.id, 'demonstration', '2011-10-01', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0 AND o.id % 100 = 0;
INSERT INTO funding (body_id, year, members, due_cny, paid_cny, from_on, known_from, entry_id)
SELECT b.id, 2012, 3, 300, 100 * (o.id % 4), '2012-01-01', '2010-01-02T00:00:00.000000Z', 1
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0;

-- People: three relations at each organization.
WITH k(j) AS (VALUES (0), (1), (2))
INSERT INTO person (id, name, surname, namesake)
SELECT o.id * 3 + k.j, 'p' || (o.id * 3 + k.j), 'p', 0
FROM organization o, k;
INSERT INTO person_at_organization (id, person_id, organization_id)
SELECT id, id, id / 3 FROM person;
INSERT INTO engagement (person_at_organization_id, employment, from_on, known_from, entry_id)
SELECT p.id, CASE WHEN p.id % 4 = 0 THEN 'part_time' ELSE 'full_time' END, '2010-06-07',
  '2010-01-02T00:00:00.000000Z', 1
FROM person p;
INSERT INTO party_status (person_id, status, from_on, known_from, entry_id)
SELECT p.id, CASE WHEN p.id % 10 = 0 THEN 'probationary' ELSE 'full' END, '2009-01-01',
  '2010-01-02T00:00:00.000000Z', 1
FROM person p;
INSERT INTO formal_relation (person_id, body_id, from_on, known_from, entry_id)
SELECT p.id,
  CASE WHEN p.id % 7 = 0 THEN NULL WHEN (p.id / 3) % 3 > 0 THEN b.id ELSE 14 + p.id / 3 % 168 END,
  '2010-06-07', '2010-01-02T00:00:00.000000Z', 1
FROM person p
JOIN party_body b ON b.organization_id = p.id / 3;

-- Cases, each in one state.
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'organization_registration', 'organization', id,
  CASE WHEN id % 40 = 0 THEN 'deregistering' ELSE 'active' END, 1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM organization;
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'affiliation', 'organization', id,
  CASE id % 4 WHEN 0 THEN 'undecided' WHEN 1 THEN 'interim' ELSE 'decided' END,
  1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM organization;
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'organization_coverage', 'organization', id, 'pending_coverage',
  1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM organization;
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'instructor_assignment', 'organization', id, 'wanted', 1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM organization
WHERE id % 3 = 0;
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'branch', 'party_body', b.id,
  CASE WHEN b.organization_id % 5 = 0 THEN 'active' ELSE 'duty_open' END,
  1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM party_body b
WHERE b.organization_id IS NOT NULL;
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'branch_term', 'party_body', b.id, 'in_term', 1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0;
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'activity_premises', 'party_body', b.id, 'accepted', 1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM organization o
JOIN party_body b ON b.organization_id = o.id
WHERE o.id % 5 = 0;
INSERT INTO "case" (workflow, subject_type, subject_id, state, workflow_text_id, state_since_on,
  fields, version, head_hash, last_on, taken_over_only, opened_on)
SELECT 'member_relation', 'person_at_organization', id, 'formal_due', 1, '2010-03-01', '{}', 1, x'',
  '2010-03-01', 0, '2010-03-01'
FROM person;
INSERT INTO case_state (case_id, state, from_on, known_from, entry_id)
SELECT id, state, state_since_on, '2010-01-02T00:00:00.000000Z', 1
FROM "case"
WHERE id > 1;

-- Deadlines: most of them met, some of these late, every fifth still open.
WITH ruled AS (
  SELECT id,
    CASE workflow
      WHEN 'member_relation' THEN CASE WHEN id % 3 = 0 THEN 'D10' ELSE 'D8' END
      WHEN 'organization_registration' THEN CASE WHEN id % 2 = 0 THEN 'D13' END
      WHEN 'instructor_assignment' THEN CASE WHEN id % 2 = 0 THEN 'D6' END
      WHEN 'branch' THEN CASE WHEN state = 'duty_open' THEN 'D5' END
    END AS rule,
    date('2011-01-01', '+' || (id % 700) || ' days') AS anchor_on,
    date('2011-01-01', '+' || (id % 700 + 30) || ' days') AS due_on,
    date('2011-01-01', '+' || (id % 700 + id % 45) || ' days') AS closed_on
  FROM "case"
)
INSERT INTO deadline (case_id, rule, kind, cycle, anchor_on, raw_on, due_on, provisional, status,
  closed_on, suspended_days, derivation, opened_entry_id)
SELECT id, rule, 'deadline', 0, anchor_on, due_on, due_on, 0,
  CASE WHEN id % 5 = 0 THEN 'open' ELSE 'met' END, CASE WHEN id % 5 > 0 THEN closed_on END, 0,
  '{"rule": "' || hex(zeroblob(200)) || '"}', 1
FROM ruled
WHERE rule IS NOT NULL;
