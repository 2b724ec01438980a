import {redact} from '../model/redaction.js'
import {VicnfsError} from '../model/vicnfs-error.js'

/** The error for output that is not understood completely (S2), with the line in question. */
export function unreadable(command: string, line: string): VicnfsError {
  const shown = line.trim() === '' ? 'nothing that is known' : JSON.stringify(redact(line.slice(0, 300)))
  return new VicnfsError(
    'VN-VICMACHINE-UNREADABLE',
    `vic-machine ${command} printed ${shown}, which vicnfs cannot read.`,
    {
      details: {command, line: redact(line)},
    },
  )
}
