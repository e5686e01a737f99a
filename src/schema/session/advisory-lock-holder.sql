-- A query: the session that holds the advisory lock of the keys {{first}} and {{second}}.
{{lockHolder}}
  AND l.locktype = 'advisory' AND l.classid = {{first}} AND l.objid = {{second}} AND l.objsubid = 2
