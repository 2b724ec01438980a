/** Errors of a stream whose reader is gone: a closed pipe, a terminal that was hung up. */
const READER_GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

const prepared = new WeakSet<NodeJS.WriteStream>()

/**
 * Keeps work going when nobody reads its output any more: narration is lost, a half-done VCH would be worse.
 * oclif's own listener, which throws what is not EPIPE, is replaced. Other errors (a full disk behind stdout) make the exit code 1.
 */
export function surviveClosedOutput(streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    if (prepared.has(stream)) continue
    prepared.add(stream)
    stream.removeAllListeners('error')
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!READER_GONE.has(error.code ?? '')) process.exitCode ??= 1
    })
  }
}
