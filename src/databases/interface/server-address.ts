export { describeServer } from '../../postgres/describe.ts'
