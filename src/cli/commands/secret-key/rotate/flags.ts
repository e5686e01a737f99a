/** The flags of the command as commander returns them. */
export interface RotateFlags {
  newSecretKeyFile?: string
  whileRunning?: boolean
  dryRun?: boolean
}
