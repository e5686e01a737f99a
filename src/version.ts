/** This program's version, as in package.json; the build puts the text in place. */
export const VERSION: string = typeof MATHESARCTL_VERSION === 'string' ? MATHESARCTL_VERSION : '0.0.0-source'

declare const MATHESARCTL_VERSION: string | undefined
