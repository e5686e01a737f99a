-- Keeps the manifest of the earlier install for the end of this transaction: the SQL that follows drops it.
DO $remember$
BEGIN
  PERFORM set_config({{earlierSetting}}, coalesce(({{manifest}}), ''), true);
END
$remember$;
