/** The program's version from package.json, which the build inserts. */
export const VERSION: string = typeof MATHESARCTL_VERSION === 'string' ? MATHESARCTL_VERSION : '0.0.0+source'

declare const MATHESARCTL_VERSION: string | undefined
