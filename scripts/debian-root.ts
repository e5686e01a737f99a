/**
 * `debian-root.ts RELEASE`: creates the root directory of a Debian release for the tests of packages in
 * advance, so that the tests do not wait for each other.
 */
import { DEBIAN_RELEASES, debianRoot } from '../test/support/debian.ts'

const release = DEBIAN_RELEASES.find((name) => name === process.argv[2])
if (release === undefined) throw new Error(`The releases are ${DEBIAN_RELEASES.join(', ')}.`)
debianRoot(release).remove()
