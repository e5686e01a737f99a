/** Returns text for mdoc(7), with one sentence on each line and without macros or escapes of its own. */
export function manText(content: string): string {
  return content
    .replaceAll('\\', '\\e')
    .replaceAll('’', "'")
    .replaceAll('–', '\\(en')
    .replace(/([.?!]) (?=[A-Z"-])/g, '$1\n')
    .split('\n')
    .map((line) => line.replace(/^([.'])/, '\\&$1'))
    .join('\n')
}
