/** The formats, in the order in which they are built: what needs another comes after it. Apart, so that help loads nothing else. */
export const FORMAT_NAMES = ['binary', 'deb', 'apt-repo', 'npm', 'pypi'] as const

export const PLATFORM_NAMES = ['linux-x64', 'linux-arm64', 'darwin-arm64'] as const
