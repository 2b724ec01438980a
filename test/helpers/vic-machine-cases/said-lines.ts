import {parseLogLines} from '../../../src/vic-machine/log-line.js'

/**
 * Everything that a run said, as the table of cases writes it: `level: text` for a logger's message, line by line;
 * bare text for tables and usage errors, with two blanks between cells; each option of `inspect config` by itself.
 */
export function saidLines({stdout, stderr}: {readonly stdout: string; readonly stderr: string}): string[] {
  const messages = [stdout, stderr].flatMap((text) => parseLogLines(text.replaceAll('\r\n', '\n')))
  return messages.flatMap(({level, text}) => {
    const lines = text.split('\n').map((line) => shown(line))
    const options = text.split(/ (?=--[a-z][a-z-]*=)|\n/).map((part) => part.trim())
    // What follows a message without a mark of its own may be a table, or more of the message.
    return [...lines, ...lines.map((line) => `${level}: ${line}`), ...options.filter((part) => part.startsWith('--'))]
  })
}

function shown(line: string): string {
  return line
    .trim()
    .replace(/ {2,}/g, '  ')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27} vpxd/, 'ID vpxd')
    .replace(/ on [\d.]+:53: no such host/, ': no such host')
}
