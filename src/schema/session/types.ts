/**
 * Called with the transaction's id (xid8 as text) when everything is done and COMMIT is about to be sent, so
 * that the caller can find out later whether it took effect. If it rejects, everything is rolled back.
 */
export type BeforeCommit = (transactionId: string) => Promise<void>
