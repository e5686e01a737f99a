-- Everybody who can connect may use the functions, which run with the rights of their caller.

GRANT USAGE ON SCHEMA __msar, msar, mathesar_types TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA __msar, msar, mathesar_types TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA __msar, msar, mathesar_types TO PUBLIC;
GRANT USAGE ON TYPE mathesar_types.email, mathesar_types.uri, mathesar_types.mathesar_money,
  mathesar_types.multicurrency_money, mathesar_types.mathesar_json_array,
  mathesar_types.mathesar_json_object TO PUBLIC;
