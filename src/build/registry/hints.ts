/** The sentence that says where credentials can come from. */
export const CREDENTIALS_HINT =
  'Set MATHESARCTL_REGISTRY_USER and MATHESARCTL_REGISTRY_PASSWORD (or MATHESARCTL_REGISTRY_PASSWORD_FILE) ' +
  'in the environment, or log in once with "docker login" or "podman login".'

/** The words that say where the operator set the registry's address. */
export const ADDRESS_HINT = 'Check the registry in --push'
