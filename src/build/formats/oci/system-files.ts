import type { InstalledFile } from '../../types.ts'

/** The user and the group of the image, which own no file in it. */
export const USER = 65532

/** The directories in which a container looks for programs: those that Docker sets for an empty image. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The files that programs expect of any system. The home directories are /, as container engines set it for
 * users without an entry in passwd, so that it makes no difference who runs the image.
 */
export const SYSTEM_FILES: readonly InstalledFile[] = [
  {
    kind: 'file',
    path: '/etc/passwd',
    content: lines(
      'root:x:0:0:root:/:/usr/sbin/nologin',
      'nobody:x:65534:65534:nobody:/:/usr/sbin/nologin',
      `nonroot:x:${USER}:${USER}:nonroot:/:/usr/sbin/nologin`,
    ),
  },
  {
    kind: 'file',
    path: '/etc/group',
    content: lines('root:x:0:', 'nogroup:x:65534:', `nonroot:x:${USER}:`),
  },
  // Without this file, some versions of the C library ask the name server before they read /etc/hosts.
  {
    kind: 'file',
    path: '/etc/nsswitch.conf',
    content: lines('passwd: files', 'group: files', 'hosts: files dns'),
  },
  { kind: 'directory', path: '/tmp', mode: 0o1777 },
]

function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}
