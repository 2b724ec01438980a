import {readdir, readFile, readlink} from 'node:fs/promises'

/** Ids of the port mappers in this process's own network; containers have others. */
export async function portMappers(): Promise<readonly string[]> {
  const network = await readlink('/proc/self/ns/net')
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // A process may end while it is looked at.
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    const place = program === 'rpcbind\n' ? await readlink(`/proc/${pid}/ns/net`).catch(() => '') : ''
    if (place === network) found.push(pid)
  }
  return found
}
