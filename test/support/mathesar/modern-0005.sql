ALTER TABLE mathesar_server DROP CONSTRAINT unique_server;
ALTER TABLE mathesar_server ALTER COLUMN port DROP NOT NULL;
CREATE UNIQUE INDEX unique_server_host_port_not_null ON mathesar_server (host, port) WHERE port IS NOT NULL;
CREATE UNIQUE INDEX unique_server_null_port ON mathesar_server (host) WHERE port IS NULL;
