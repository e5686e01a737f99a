import { describeStore } from './describe-store.ts'
import { FILE_KIND } from './file-kind.ts'

describeStore('a store whose rows and journal lie in different files', { ...FILE_KIND, name: 'two-files' })
