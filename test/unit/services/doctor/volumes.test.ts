import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {metadataFor} from '../../../../src/model/metadata-check.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {readStoreFolders} from '../../../../src/services/doctor/volumes.js'
import {exposeVolume} from '../../../../src/services/expose-volume.js'
import {doctorWorld, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {fakeSession} from '../../../helpers/fake-session.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const ROOT = '/exports/nfs-vol'
const PLACE = {host: '10.9.0.2', path: ROOT, uid: 0, gid: 0}
const says = (text: RegExp) => expect.stringMatching(text)

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
  const request = shareRequest()
  await exposeVolume({request, volume: {name: 'nfs-vol', create: true}}, world.adapters, {})
  world.stores.push(`nfs://10.9.0.2${ROOT}?uid=0&gid=0:a`)
  for (const folder of ['volumes', 'volumes_metadata']) world.files.set(`${ROOT}/${folder}`, 'directory')
})
afterEach(() => rm(directory, {recursive: true, force: true}))

/** A volume as a VCH makes it; `undefined` leaves out its metadata. */
function volume(name: string, metadata: string | undefined = metadataFor(name, 'a')): void {
  world.files.set(`${ROOT}/volumes/${name}`, 'directory')
  world.files.set(`${ROOT}/volumes_metadata/${name}`, 'directory')
  world.files.set(`${ROOT}/volumes_metadata/${name}/DockerMetaData`, Buffer.from(metadata))
}
const look = () => world.check('volumes.a')

describe('the volumes of a store', () => {
  it('are fine with readable metadata each', async () => {
    expect(await look()).toMatchObject({state: 'ok', evidence: 'It holds none.'})
    volume('one')
    volume('two')
    expect(await look()).toMatchObject({state: 'ok', evidence: '2 volumes have readable metadata.'})
    world.dead.set('10.9.0.2', {rung: 'portmap', code: 'VN-NFS-REFUSED', finding: 'refused'})
    expect(await look()).toMatchObject({state: 'not-asked'})
  })

  it('are hidden by a folder that an interrupted making left behind', async () => {
    volume('one')
    world.files.set(`${ROOT}/volumes/half`, 'directory')
    const found = await look()
    expect(found).toMatchObject({
      state: 'failed',
      code: 'VN-VOLUMES-HIDDEN',
      evidence: says(/^volumes\/half has no volumes_metadata\/half\. From the next boot on the VCH shows no volume/),
      advice: says(/write \{"Driver":"vsphere".*nothing is lost.*restart the endpoint VM/),
    })
    const [command = '', ...none] = found.fix ?? []
    expect(none).toEqual([])
    expect(command).toMatch(/^docker -H tcp:\/\/server:2376 exec vicnfs-nfs-vol sh -c /)
    expect(command).toContain(`mkdir -p ${ROOT}/volumes_metadata/half && echo`)
  })

  it('are hidden by a file among them, which is moved aside', async () => {
    world.files.set(`${ROOT}/volumes/notes`, Buffer.from('hello'))
    const aside = `mv ${ROOT}/volumes/notes ${ROOT}/set-aside-volumes-notes`
    expect(await look()).toMatchObject({
      state: 'failed',
      fix: [`docker -H tcp://server:2376 exec vicnfs-nfs-vol ${aside}`],
    })
  })

  it('fail the whole list with metadata that makes no sense, told before what only hides', async () => {
    volume('broken', '')
    world.files.set(`${ROOT}/volumes/half`, 'directory')
    const found = await look()
    expect(found).toMatchObject({
      state: 'failed',
      evidence: says(/^volumes_metadata\/broken\/DockerMetaData is empty; volumes\/half .*"docker volume ls" fails/),
    })
    expect(found.fix?.map((command) => / (mv|sh) /.exec(command)?.[1])).toEqual(['mv', 'sh'])
  })

  it('are repaired by the commands as they are printed', async () => {
    // The server container's folder is one of this machine's here, and `docker exec` runs on it, too.
    const bin = path.join(directory, 'bin')
    mkdirSync(bin)
    writeFileSync(path.join(bin, 'docker'), '#!/bin/sh\nshift 4\nexec "$@"\n', {mode: 0o755})
    const root = path.join(directory, "it's a share")
    world.containers.clear()
    const request = shareRequest({exportFolder: root})
    await exposeVolume({request, volume: {name: 'nfs-vol', create: false}}, world.adapters, {})
    world.stores.splice(1, 1, `nfs://10.9.0.2${root.replaceAll(' ', '%20')}?uid=0&gid=0:a`)
    const onBoth = (file: string, content: string): void => {
      world.files.set(path.join(root, file), Buffer.from(content))
      mkdirSync(path.dirname(path.join(root, file)), {recursive: true})
      writeFileSync(path.join(root, file), content)
    }
    for (const folder of ['volumes', 'volumes/half', 'volumes_metadata', 'volumes_metadata/half']) {
      world.files.set(path.join(root, folder), 'directory')
    }
    const run = async (): Promise<void> => {
      for (const command of (await look()).fix ?? []) {
        execFileSync('/bin/sh', ['-c', command], {env: {PATH: `${bin}:${process.env['PATH'] ?? ''}`}})
      }
    }
    const file = 'volumes_metadata/half/DockerMetaData'
    onBoth(file, '{"Driver":')
    await run()
    expect(readFileSync(path.join(root, file), 'utf8')).toBe(`${metadataFor('half', 'a')}\n`)
    expect(readFileSync(path.join(root, 'set-aside-volumes_metadata-half-DockerMetaData'), 'utf8')).toBe('{"Driver":')
    onBoth(file, readFileSync(path.join(root, file), 'utf8'))
    expect(await look()).toMatchObject({state: 'ok'})

    onBoth('volumes/notes', 'keep me')
    await run()
    expect(existsSync(path.join(root, 'volumes/notes'))).toBe(false)
    expect(readFileSync(path.join(root, 'set-aside-volumes-notes'), 'utf8')).toBe('keep me')
  })

  it('warn of metadata that is left over', async () => {
    volume('gone')
    world.files.delete(`${ROOT}/volumes/gone`)
    expect(await look()).toMatchObject({state: 'warning', evidence: says(/A volume of this name cannot be made/)})
  })

  it('name a few of many, and no command for the server of somebody else', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) world.files.set(`${ROOT}/volumes/${name}`, 'directory')
    world.containers.clear()
    expect(await look()).toMatchObject({state: 'failed', evidence: says(/and 2 more/), fix: []})
  })
})

describe('reading the folders', () => {
  const session = () => fakeSession(world, PLACE)

  it('takes what the share itself refuses for unreadable', async () => {
    volume('one')
    world.closed.set(`${ROOT}/volumes_metadata/one`, [1000])
    const {metadata} = await readStoreFolders(session())
    expect(metadata).toEqual([{name: 'one', files: [{name: 'DockerMetaData', content: undefined}]}])
  })

  it('fails with a share that is lost, which says nothing of its entries', async () => {
    volume('one')
    const lost = () => Promise.reject(new VicnfsError('VN-NFS-SHARE-READ', 'Reading failed.', {reason: 'closed'}))
    await expect(readStoreFolders({...session(), readFile: lost})).rejects.toMatchObject({code: 'VN-NFS-SHARE-READ'})
  })

  it('changes nothing', async () => {
    volume('one')
    world.did.length = 0
    await world.look()
    expect(world.did).toEqual([])
  })
})
