SELECT o.id, o.kind, o.name, o.keep_types AS "keepTypes",
       to_char(o.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "startedAt",
       o.settings AS encrypted, o.phase, o.commit_mark AS "commitMark"
  FROM mathesarctl.operation AS o
 ORDER BY o.started_at, o.id
