IF found.filled AND NOT own THEN
  RAISE EXCEPTION 'schema % holds objects that this script did not install', found.nspname
    USING ERRCODE = 'duplicate_schema',
      HINT = 'Keep them as they are, or use the script of: '
        || 'mathesarctl schema print --existing-schema replace';
END IF;
