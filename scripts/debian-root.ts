/** Makes the root of a Debian release that the tests of packages use, so that they need not wait for each other: debian-root.ts RELEASE */
import { DEBIAN_RELEASES, debianRoot } from '../test/support/debian.ts'

const release = DEBIAN_RELEASES.find((name) => name === process.argv[2])
if (release === undefined) throw new Error(`The releases are ${DEBIAN_RELEASES.join(', ')}.`)
debianRoot(release).remove()
