/** vic-machine's own log, in the working folder. */
export const LOG_FILE = 'vic-machine.log'

interface LogFile {
  /** Appends to the file, and makes it where it is not there. @throws the system's error */
  readonly write: (text: string) => void
  readonly stderr: (text: string) => void
}

/**
 * Opens vic-machine.log, also for commands that write nothing to it. Where that fails it is said once, then each line
 * that is lost is said, too, and the command goes on (usage-configure-unwritable-folder).
 */
export function openLog({write, stderr}: LogFile): (text: string) => void {
  try {
    write('')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'EACCES' ? 'permission denied' : (error as Error).message
    stderr(`Error opening logfile ${LOG_FILE}: open ${LOG_FILE}: ${reason}\n`)
    return () => stderr('Failed to write to log, invalid argument\n')
  }
  return write
}
