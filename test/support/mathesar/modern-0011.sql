ALTER TABLE mathesar_columnmetadata ADD COLUMN user_display_field varchar;
ALTER TABLE mathesar_tablemetadata ADD COLUMN user_tracking_attnum smallint;
