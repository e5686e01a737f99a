-- The body of a DO statement: runs {{script}}, which creates the remover of a release and calls it. What
-- makes it fail, such as a user's object inside or a remover of another owner, leaves everything as it was:
-- what follows drops all of it in any case. A timeout and an interrupt end the removal.
BEGIN
  EXECUTE {{script}};
EXCEPTION
  WHEN lock_not_available OR deadlock_detected OR serialization_failure THEN
    RAISE;
  WHEN OTHERS THEN
    RAISE INFO 'the remover of the release failed, and its work was undone: % (SQLSTATE %)',
      SQLERRM, SQLSTATE;
END
