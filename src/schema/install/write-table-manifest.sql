EXECUTE format('COMMENT ON TABLE %I.%I IS %L', {{schema}}, {{name}}, manifest);
