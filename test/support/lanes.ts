const { MATHESARCTL_TEST_LANE: lane } = process.env

/**
 * Whether the tests of kills hit every message, and not every second or third one, in the commands that send
 * the most: `scripts/test --every`. It repeats everything else as the slow lane does.
 */
export const isEveryLane = lane === 'every'

/**
 * Whether the tests run in the slow lane: `scripts/test --slow`, which .ci/run calls. It runs the same tests
 * as `scripts/test`, with more repetitions: a kill at every message instead of a selection, more random
 * databases, more tables. The default lane tests every behavior too.
 */
export const isSlowLane = lane === 'slow' || isEveryLane
