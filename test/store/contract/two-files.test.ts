import { describeStore } from './describe-store.ts'

describeStore('a store whose rows and journal lie in different files', {
  name: 'two-files',
  nodeArguments: [],
})
