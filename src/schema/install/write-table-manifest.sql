IF to_regclass(format('%I.%I', {{schema}}, {{name}})) IS NOT NULL THEN
  EXECUTE format('COMMENT ON TABLE %I.%I IS %L', {{schema}}, {{name}}, manifest);
END IF;
