import type { FormatDescription } from '../flags.ts'

export const PYPI: FormatDescription<'pypi', Record<never, never>> = {
  name: 'pypi',
  summary: 'wheels and source distribution for pip install and PyPI',
  flags: {},
}
