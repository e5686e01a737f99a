/** Refuses a typed password that is not UTF-8: as text it would be another password. */
export const NOT_UTF8 = 'The password has bytes that are not UTF-8. Set the terminal to UTF-8.'
