import {afterAll, beforeAll, beforeEach} from '@jest/globals'
import {ROOT, openClient, type Identity, type SuiteClient} from './client.js'
import type {Differences, NfsServers, NfsSubject, Settings} from './subject.js'

/** What the parts of the suite share: one server, and a new folder of it for each test. */
export interface SuiteBench {
  readonly differences: Differences
  servers(): NfsServers
  subject(): NfsSubject
  /** Root's client, as long as the server is not killed. */
  root(): SuiteClient
  /** A client of somebody, closed at the end. */
  client(identity: Identity): Promise<SuiteClient>
  /** This test's folder, open to everybody: its handle and its name below the export. */
  folder(): {readonly handle: Buffer; readonly name: string}
  /** The witness, in this test's folder. */
  shell(command: string): Promise<string>
}

interface Opened {
  servers: NfsServers
  subject: NfsSubject
  root: SuiteClient
  folder: {handle: Buffer; name: string}
}

/** Opens the server for the tests around it, and closes it after them. */
export function useBench(openServers: () => Promise<NfsServers>, differences: Differences): SuiteBench {
  const opened: Partial<Opened> = {}
  const clients: SuiteClient[] = []
  let folders = 0
  const need = <K extends keyof Opened>(key: K): Opened[K] => {
    const value = opened[key]
    if (value === undefined) throw new Error(`there is no ${key}`)
    return value
  }
  const client = async (identity: Identity): Promise<SuiteClient> => {
    const made = await openClient(need('subject'), identity)
    clients.push(made)
    return made
  }
  beforeAll(async () => {
    opened.servers = await openServers()
    opened.subject = await opened.servers.open()
    opened.root = await client(ROOT)
  })
  beforeEach(async () => {
    const root = need('root')
    const name = `test-${++folders}`
    // Its mode is set on its own: a server may apply a mask of its own to MKDIR's.
    const handle = await root.folder(root.root, name)
    await root.set(handle, {mode: 0o777})
    opened.folder = {handle, name}
  })
  afterAll(async () => {
    await Promise.all(clients.map((each) => each.close()))
    await opened.subject?.close()
    await opened.servers?.close()
  })
  return {
    differences,
    servers: () => need('servers'),
    subject: () => need('subject'),
    root: () => need('root'),
    client,
    folder: () => need('folder'),
    shell: (command) => need('subject').shell(`cd ${need('folder').name} && ${command}`),
  }
}

/** A server of a test's own, closed after its use. */
export async function withServer<T>(
  servers: NfsServers,
  settings: Settings,
  use: (subject: NfsSubject) => Promise<T>,
): Promise<T> {
  const subject = await servers.open(settings)
  try {
    return await use(subject)
  } finally {
    await subject.close()
  }
}
