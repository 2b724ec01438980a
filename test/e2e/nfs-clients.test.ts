import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {createHash, randomBytes} from 'node:crypto'
import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {getPort} from '../../src/nfs/client/portmap.js'
import {MOUNT, NFS} from '../../src/nfs/wire/rpc-message.js'
import {closeOpened} from '../helpers/close-opened.js'
import {needPackages} from '../helpers/debian-packages.js'
import {PACKAGES} from '../helpers/packages.js'
import {canTestOnDebian, sayNotTested} from './not-tested.js'
import {portmapPortIsTaken} from './portmap-port.js'
import {runProgram, type Ended} from './run-program.js'
import {openSharedVch, STANDARD_PORTMAP_PORT, STORE, type SharedVch} from './shared-vch.js'

const BIG_BYTES = 5 * 1024 * 1024
const ODD_NAME = 'größe mit  leer, 漢字 & more.txt'

const isPossible = canTestOnDebian("Debian's NFS clients")
const describeOnDebian = isPossible ? describe : describe.skip
/** rpcinfo and showmount ask port 111 and no other; libnfs can be told where the servers listen. */
const shifted = isPossible && (await portmapPortIsTaken())
const itAsksPortmap = shifted ? it.skip : it
if (shifted) sayNotTested('rpcinfo -p, rpcinfo -T, showmount', 'port 111 of this machine is taken')

let vch: SharedVch
let ports: {readonly nfsd: number; readonly mountd: number}

const run = (program: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(program, args, {env: vch.workplace.env})
const done = (stdout: string | RegExp) => ({
  exitCode: 0,
  stdout: typeof stdout === 'string' ? stdout : expect.stringMatching(stdout),
  stderr: '',
})
/** libnfs's URL of something in the export, as root. */
const url = (name = '') => {
  const given = shifted ? `&nfsport=${ports.nfsd}&mountport=${ports.mountd}` : ''
  return `nfs://${vch.host}${vch.exported}${name}?uid=0&gid=0${given}`
}
const checksum = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
const inFolder = (name: string) => path.join(vch.workplace.directory, name)

/** A volume on the store, made by the docker CLI, as a path in the export. */
async function newVolume(name: string): Promise<string> {
  await vch.dockerSays('volume', 'create', '--opt', `VolumeStore=${STORE}`, name)
  return `/volumes/${name}`
}

const inContainer = (volume: string, command: string) =>
  vch.dockerSays('run', '--rm', '-v', `${volume}:/data`, '-w', '/data', 'busybox:latest', 'sh', '-c', command)

describeOnDebian("Debian's NFS clients on a share of a sandbox", () => {
  beforeAll(async () => {
    await needPackages(PACKAGES.nfsClients)
    vch = await openSharedVch()
    const {host, portmapPort} = vch
    ports = {nfsd: await getPort(host, NFS, {portmapPort}), mountd: await getPort(host, MOUNT, {portmapPort})}
  })
  afterAll(() => closeOpened(vch))

  it('ask the standard port of the port mapper, unless somebody else has it', () => {
    expect(vch.portmapPort === STANDARD_PORTMAP_PORT).toBe(!shifted)
  })

  itAsksPortmap('rpcinfo lists the programs, and they answer', async () => {
    const {host} = vch
    const listed = await run('rpcinfo', '-p', host)
    const rows = listed.stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/ +/).slice(0, 4).join(' '))
    expect(listed).toMatchObject({exitCode: 0, stderr: ''})
    expect(rows).toEqual(
      expect.arrayContaining(['100000 2 tcp 111', `100005 3 tcp ${ports.mountd}`, `100003 3 tcp ${ports.nfsd}`]),
    )
    expect(await run('rpcinfo', '-T', 'tcp', host, 'mountd', '3')).toEqual(
      done('program 100005 version 3 ready and waiting\n'),
    )
    expect(await run('rpcinfo', '-T', 'tcp', host, 'nfs', '3')).toEqual(
      done('program 100003 version 3 ready and waiting\n'),
    )
    expect(await run('rpcinfo', '-T', 'tcp', host, 'nfs', '4')).toMatchObject({exitCode: 1})
  })

  it('rpcinfo finds each program at its own port, and no other one there', async () => {
    // Called by address, it needs no port mapper (rpcinfo(8), option -a; the port is written as two decimal bytes).
    const call = (port: number, {program, version}: typeof MOUNT | typeof NFS) =>
      run('rpcinfo', '-a', `${vch.host}.${port >> 8}.${port & 255}`, '-T', 'tcp', String(program), String(version))
    expect(await call(ports.mountd, MOUNT)).toEqual(done('program 100005 version 3 ready and waiting\n'))
    expect(await call(ports.nfsd, NFS)).toEqual(done('program 100003 version 3 ready and waiting\n'))
    expect(await call(ports.mountd, NFS)).toMatchObject({exitCode: 1, stderr: expect.stringContaining('unavailable')})
  })

  itAsksPortmap('showmount lists the export', async () => {
    const {host, exported} = vch
    expect(await run('showmount', '-e', host)).toEqual(done(`Export list for ${host}:\n${exported} *\n`))
    for (const option of ['-a', '-d']) expect(await run('showmount', option, host)).toEqual(done(new RegExp(host)))
  })

  it('nfs-ls shows the whole tree of a volume store', async () => {
    await newVolume('listed')
    const {exitCode, stdout} = await run('nfs-ls', '-R', url())
    expect(exitCode).toBe(0)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '))
    for (const folder of ['volumes', 'volumes_metadata', 'volumes/listed', 'volumes_metadata/listed']) {
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^d\\S+ \\d+ 0 0 \\d+ ${folder}$`)))
    }
    expect(lines).toContainEqual(expect.stringMatching(/^-\S+ 1 0 0 \d+ volumes_metadata\/listed\/DockerMetaData$/))
  })

  it('nfs-cp copies five megabytes there and back, and a container reads the same', async () => {
    const folder = await newVolume('big')
    const [sent, received] = [inFolder('sent'), inFolder('received')]
    await writeFile(sent, randomBytes(BIG_BYTES))
    expect(await run('nfs-cp', sent, url(`${folder}/copy`))).toEqual(done(`copied ${BIG_BYTES} bytes\n`))
    expect((await run('nfs-ls', url(folder))).stdout).toMatch(new RegExp(` ${BIG_BYTES} copy$`, 'm'))
    expect(await run('nfs-cp', url(`${folder}/copy`), received)).toEqual(done(`copied ${BIG_BYTES} bytes\n`))
    expect(await checksum(received)).toBe(await checksum(sent))
    expect(await inContainer('big', 'sha256sum copy')).toBe(`${await checksum(sent)}  copy`)
  })

  it('libnfs and a container read what the other wrote, under names with blanks and in UTF-8', async () => {
    const folder = await newVolume('odd')
    const [there, back] = [`${folder}/${ODD_NAME}`, `${folder}/zurück, ${ODD_NAME}`]
    await writeFile(inFolder('note'), 'geschrieben über libnfs, 漢字\n')
    expect(await run('nfs-cp', inFolder('note'), url(there))).toMatchObject({exitCode: 0})
    expect(await inContainer('odd', `cat '${ODD_NAME}' && echo 'from a container, ÄÖÜ' > 'zurück, ${ODD_NAME}'`)).toBe(
      'geschrieben über libnfs, 漢字',
    )
    expect(await run('nfs-cat', url(back))).toEqual(done('from a container, ÄÖÜ\n'))
    const names = (await run('nfs-ls', url(folder))).stdout
    expect(names).toContain(` ${ODD_NAME}\n`)
    expect(names).toContain(` zurück, ${ODD_NAME}\n`)
  })

  it('libnfs is told what is not there, and gets nowhere outside of the export', async () => {
    const missing = await run('nfs-cat', url('/missing'))
    expect(missing).toMatchObject({stdout: '', stderr: expect.stringContaining('NFS3ERR_NOENT')})
    for (const outside of ['/..', '/../..', 'x']) {
      const refused = await run('nfs-ls', url(outside))
      expect(refused).toMatchObject({stdout: '', stderr: expect.stringContaining('MNT3ERR_ACCES')})
    }
  })
})
