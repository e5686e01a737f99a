/**
 * Called with the transaction's id (xid8 as text) right before COMMIT is sent, so that the caller can find
 * out later whether the transaction took effect. If the function rejects, the transaction is rolled back.
 */
export type BeforeCommit = (transactionId: string) => Promise<void>
