/**
 * Whether the tests run in the slow lane: `scripts/test --slow`, which .ci/run calls. It runs the same tests
 * as `scripts/test`, with more repetitions: a kill at every message instead of a selection, more random
 * databases, more tables. The default lane tests every behavior too.
 */
export const isSlowLane = process.env.MATHESARCTL_TEST_LANE === 'slow'
