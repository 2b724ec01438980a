import {afterAll, afterEach, beforeAll, describe, expect, it} from '@jest/globals'
import {chown, readdir} from 'node:fs/promises'

import {closeOpened} from '../helpers/close-opened.js'
import {needPackages} from '../helpers/debian-packages.js'
import {PACKAGES} from '../helpers/packages.js'
import {installCopy, type InstalledCopy} from './installed-copy.js'
import {canTestOnDebian} from './not-tested.js'
import {takePortmapPort, type TakenPort} from './portmap-port.js'
import {runProgram, type Ended} from './run-program.js'
import {makeTemporaryUser, type TemporaryUser} from './temporary-user.js'
import {openWorkplace, type Workplace} from './workplace.js'

const ROOT = {uid: 0, gid: 0}
/** Says whether port 111 can be had, on an address that no sandbox takes. */
const TRY_PORT = `require('node:net').createServer().once('error', ({code}) => console.log(code))
  .listen(111, '127.64.0.254', function () { this.close(() => console.log('free')) })`

const describeOnDebian = canTestOnDebian('the demo as an ordinary user') ? describe : describe.skip

let workplace: Workplace
let copy: InstalledCopy
let user: TemporaryUser | undefined
let taken: TakenPort | undefined

/** Runs a command where port 111 is taken, if it is for this test. */
function runThere(command: readonly string[]): Promise<Ended> {
  const [program = '', ...args] = taken?.there(command) ?? command
  return runProgram(program, args, {env: workplace.env, cwd: workplace.home})
}

/** The demo of the installed copy, in a home and a temporary directory that belong to whoever runs it. */
async function runDemo({uid, gid}: {readonly uid: number; readonly gid: number}): Promise<Ended> {
  const {home, temporary} = workplace
  for (const folder of [home, temporary]) await chown(folder, uid, gid)
  const credentials = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  return runThere(['setpriv', ...credentials, '--', copy.node, copy.runJs, 'demo'])
}

async function expectProofAndNothingLeft(ended: Ended): Promise<void> {
  expect(ended).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^shared: nfs:\/\/127\./)})
  const [, aWrote, bRead] = /container A wrote "(.*)", container B read "(.*)"/.exec(ended.stdout) ?? []
  const [, bWrote, aRead] = /container B wrote "(.*)", container A read "(.*)"/.exec(ended.stdout) ?? []
  expect([bRead, aRead]).toEqual([aWrote, bWrote])
  expect(aWrote).toMatch(/\S/)
  expect(ended.stdout).toMatch(/^kept: the volume "nfs-vol" with its data/m)
  expect(await workplace.leftovers()).toEqual([])
  expect(await readdir(workplace.home)).toEqual([])
}

describeOnDebian('the demo of an installed copy', () => {
  beforeAll(async () => {
    await needPackages(PACKAGES.networks)
    workplace = await openWorkplace()
    copy = await installCopy(workplace)
    user = await makeTemporaryUser()
  })
  afterEach(async () => {
    await taken?.release()
    taken = undefined
  })
  afterAll(async () => {
    await closeOpened(user, workplace)
  })

  it('runs for an ordinary user, and leaves nothing', async () => {
    await expectProofAndNothingLeft(await runDemo(user!))
    expect(await user!.processes()).toEqual([])
  })

  it('runs for root, and leaves nothing', async () => {
    await expectProofAndNothingLeft(await runDemo(ROOT))
  })

  it.each(['an ordinary user', 'root'])('runs for %s where port 111 is taken, and does not ask there', async (who) => {
    taken = await takePortmapPort()
    expect(await runThere([copy.node, '-e', TRY_PORT])).toMatchObject({stdout: 'EADDRINUSE\n'})
    const ended = await runDemo(who === 'root' ? ROOT : user!)
    await expectProofAndNothingLeft(ended)
    expect(ended.stderr).not.toMatch(/port 111\b/)
    expect(taken.connections() ?? 0).toBe(0)
  })
})
