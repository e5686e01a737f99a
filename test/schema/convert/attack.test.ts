import { describe, it } from 'vitest'
import { expectTwins } from './support.ts'

describe('hostile names', () => {
  it('end no string of the conversion, and are no SQL of its own', async () => {
    await expectTwins(`
      CREATE SCHEMA "we""ird.$verify$ %s '$text$";
      CREATE TABLE "we""ird.$verify$ %s '$text$"."t$default$\\ %I" (
        "m$verify$ail" mathesar_types.email,
        "p$text$" mathesar_types.multicurrency_money DEFAULT $money(1, EUR),
        "new
line" mathesar_types.uri DEFAULT 'http://example.org/\\n');
      INSERT INTO "we""ird.$verify$ %s '$text$"."t$default$\\ %I" VALUES ('a@b.c', DEFAULT, 'a:%s');
      CREATE TYPE "c$cast$" AS ("a$cast$" mathesar_types.email, "b""'\\" integer, "ü$" mathesar_types.multicurrency_money);
      CREATE TABLE mathesar_types (c "c$cast$"[], mathesar_types mathesar_types.uri, email text);
      INSERT INTO mathesar_types VALUES (ARRAY[ROW('a@b.c', 1, $money(3.5, USD))::"c$cast$"], 'a:b');
      CREATE DOMAIN "d$" AS mathesar_types.email DEFAULT 'a@b.$$c' CONSTRAINT "ch $cast$ '" CHECK (VALUE <> '$default$\\''');
      COMMENT ON DOMAIN "d$" IS 'it''s $verify$ \\ %';
      CREATE TABLE w (d "d$", "%" "d$" DEFAULT 'x%s@y.z');
      INSERT INTO w VALUES ('q@b.c');
      CREATE VIEW "v$verify$" AS SELECT mathesar_types.d, "%" || e'\\\\ ::email', mathesar_types."%" FROM w mathesar_types;`)
  })
})
