import {afterAll, beforeAll, expect, it} from '@jest/globals'
import type {Check, CheckGroup} from '../../src/model/check.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {onlineStores, untilAnswers} from '../helpers/stand-in-world.js'

let bench: SandboxBench
let vch: SandboxHandle
let control: ControlClient
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('own')
  env = bench.environment(vch)
  control = await bench.control(vch)
  const register = ['--register', 'nfs-store', '--allow-self-hosted', '--yes']
  await runOk(bench, ['expose-volume', 'nfs-vol', '--create', ...register], env)
})
afterAll(() => bench.close())

async function doctor() {
  const {json} = await bench.run(['doctor', '--json'], env)
  const {groups} = (json as {result: {groups: readonly CheckGroup[]}}).result
  const checks = groups.flatMap((group) => group.checks)
  return (id: string): Check | undefined => checks.find((each) => each.id === id)
}

it('warns of a VCH that serves itself, and leads out of its boot loop', async () => {
  const running = await doctor()
  expect(running('shares.hosted.nfs-vol')).toMatchObject({state: 'warning', code: 'VN-SELF-HOSTED'})

  const {containers} = await control.status()
  const {id = ''} = containers.find(({name}) => name === 'vicnfs-nfs-vol') ?? {}
  await control.container(id, 'powerOff')
  const stopped = await doctor()
  expect(stopped('shares.running.nfs-vol')).toMatchObject({
    state: 'failed',
    evidence: expect.stringMatching(/"nfs-store": its next boot would loop/),
    fix: ['vicnfs expose-volume nfs-vol'],
  })
  // While the VCH still runs, the printed command is enough.
  await runOk(bench, ['expose-volume', 'nfs-vol'], env)
  expect((await doctor())('shares.running.nfs-vol')).toMatchObject({state: 'ok'})

  await control.container(id, 'powerOff')
  await control.vchPowerOff()
  await control.vchPowerOn()
  const looping = await doctor()
  expect(looping('vch.boots')).toMatchObject({state: 'failed', evidence: expect.stringMatching(/boot loop/)})
  expect(looping('stores.mountable.nfs-store')).toMatchObject({
    state: 'failed',
    advice: expect.stringMatching(/container VM "vicnfs-nfs-vol", power that on in vSphere/),
  })
  await control.container(id, 'powerOn')
  await untilAnswers(vch)
  expect(await onlineStores(vch)).toContain('nfs-store')
  expect((await doctor())('stores.mountable.nfs-store')).toMatchObject({state: 'ok'})
})
