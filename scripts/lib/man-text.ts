/** Running text in mdoc(7), one sentence a line; nothing in it is a macro or an escape. */
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
