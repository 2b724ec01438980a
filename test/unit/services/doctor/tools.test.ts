import {chmodSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {nodeVerdict, OLDEST_NODE} from '../../../../src/services/doctor/tools.js'
import {GONE, holdLock} from '../../../helpers/held-lock.js'
import {doctorWorld, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  chmodSync(directory, 0o700)
  world = await doctorWorld(directory)
})
afterEach(() => rm(directory, {recursive: true, force: true}))

describe('tools', () => {
  it('need the Node.js that package.json demands', () => {
    const {engines} = JSON.parse(readFileSync('package.json', 'utf8')) as {engines: {node: string}}
    expect(engines.node).toBe(`>=${OLDEST_NODE}`)
    expect(nodeVerdict('v20.19.0').state).toBe('ok')
    expect(nodeVerdict('v24.1.0').state).toBe('ok')
    expect(nodeVerdict('v20.18.9')).toMatchObject({state: 'failed', advice: expect.stringContaining(OLDEST_NODE)})
    expect(nodeVerdict('v18.20.0').state).toBe('failed')
  })

  it('keep their state in a folder that is private, or made when needed, and can be written', async () => {
    expect(await world.check('tools.state')).toMatchObject({state: 'ok', evidence: expect.stringContaining('private')})
    world.parts.stateDirectory = path.join(directory, 'not', 'there')
    expect(await world.check('tools.state')).toMatchObject({state: 'ok', evidence: expect.stringContaining('is made')})
    world.parts.stateDirectory = directory
    chmodSync(directory, 0o755)
    expect(await world.check('tools.state')).toMatchObject({state: 'warning', fix: [`chmod 0700 ${directory}`]})
  })

  it('fail with a state folder that cannot be', async () => {
    // A file in the way holds for root, too.
    writeFileSync(path.join(directory, 'file'), '')
    world.parts.stateDirectory = path.join(directory, 'file', 'below')
    const found = await world.check('tools.state')
    expect(found).toMatchObject({state: 'failed', code: 'VN-JOURNAL-UNWRITABLE'})
  })

  it('name who has something locked, and what was left behind', async () => {
    expect(await world.check('tools.locks')).toMatchObject({state: 'ok', evidence: 'None is held.'})
    await holdLock(directory, 'endpoint:a')
    await holdLock(directory, 'vm:vcenter/vm-7')
    const held = `held by \`vicnfs teardown\` (process ${process.pid} on `
    const {state, evidence} = await world.check('tools.locks')
    expect(state).toBe('ok')
    expect(evidence.toLowerCase().split(held.toLowerCase())).toHaveLength(2)
    await holdLock(directory, 'endpoint:a', GONE)
    await holdLock(directory, 'vm:vcenter/vm-7', GONE)
    expect(await world.check('tools.locks')).toMatchObject({
      state: 'ok',
      evidence: expect.stringMatching(/^Left by .*, which is gone: the next run takes it over\.$/),
    })
  })

  it('warn of a lock that nobody takes over', async () => {
    const files = [
      await holdLock(directory, 'endpoint:a', {host: 'elsewhere'}),
      await holdLock(directory, 'endpoint:b', {host: 'elsewhere'}),
    ]
    const found = await world.check('tools.locks')
    expect(found).toMatchObject({state: 'warning', code: 'VN-JOURNAL-LOCKED', fix: [`rm ${files.sort().join(' ')}`]})
    expect(found.evidence).toContain('on elsewhere')
    writeFileSync(files[0] ?? '', 'mine')
    expect((await world.check('tools.locks')).evidence).toContain('is not one that vicnfs wrote')
  })

  it('read the journal, and count the lines that cannot be used', async () => {
    expect(await world.check('tools.journal')).toMatchObject({
      state: 'ok',
      evidence: expect.stringMatching(/^0 entries/),
    })
    await world.parts.journal.append({kind: 'intent', action: 'verify', vch: {keys: ['endpoint:x']}, data: {}})
    writeFileSync(world.parts.journal.file, '{"schemaVersion":1', {flag: 'a'})
    const torn = await world.check('tools.journal')
    expect(torn).toMatchObject({
      state: 'warning',
      evidence: expect.stringMatching(/^1 entry .*One line .* line 2: not/),
    })
    world.parts.journal = {
      ...world.parts.journal,
      read: () => Promise.reject(new VicnfsError('VN-JOURNAL-UNREADABLE', 'The journal cannot be read')),
    }
    expect(await world.check('tools.journal')).toMatchObject({state: 'failed', code: 'VN-JOURNAL-UNREADABLE'})
  })

  it('name the vic-machine, or why there is none', async () => {
    expect(await world.check('tools.vic-machine')).toEqual({
      id: 'tools.vic-machine',
      state: 'ok',
      evidence: '/bin/vic-machine of VIC 1.5.8.',
    })
    world.parts.installer = () => Promise.resolve({path: '/bin/old', version: '1.1.1'})
    expect(await world.check('tools.vic-machine')).toMatchObject({state: 'failed', code: 'VN-VIC-UNSUPPORTED'})
    const tries = ['chmod +x /bin/it']
    world.parts.installer = () => Promise.reject(new VicnfsError('VN-VICMACHINE-MISSING', 'It is not there.', {tries}))
    expect(await world.check('tools.vic-machine')).toMatchObject({state: 'failed', fix: tries})
    world.parts.installer = () => Promise.reject(new VicnfsError('VN-SETTING-MISSING', 'No vic-machine is set.'))
    expect(await world.check('tools.vic-machine')).toMatchObject({state: 'not-asked'})
  })

  it('include a docker CLI only as a hint', async () => {
    const bin = path.join(directory, 'docker')
    writeFileSync(bin, '', {mode: 0o755})
    const found = (await world.look({environment: {PATH: `/nowhere:${directory}`}})).groups[0]?.checks
    expect(found?.find(({id}) => id === 'tools.docker')).toMatchObject({state: 'ok', evidence: `${bin}.`})
    expect(await world.check('tools.docker')).toMatchObject({
      state: 'ok',
      evidence: expect.stringContaining('not needed'),
    })
  })
})
