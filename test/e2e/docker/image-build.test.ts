import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {installCopy} from '../installed-copy.js'
import {canTestOnDebian} from '../not-tested.js'
import {runProgram, type Ended} from '../run-program.js'
import {openWorkplace, runVicnfs, type Workplace} from '../workplace.js'

const TAG = 'e2e/nfs-server:1'

const describeOnDebian = canTestOnDebian('building the server image') ? describe : describe.skip

let engine: DockerEngine
let workplace: Workplace
let env: Readonly<Record<string, string>>

const build = (flags: readonly string[] = [], base = engine.baseImage) =>
  runVicnfs(['image', 'build', '--tag', TAG, '--base', base, ...flags], {env})
const resultOf = ({stdout}: Ended): unknown => JSON.parse(stdout).result

/** A base on which installing packages fails, having said why. */
async function brokenBase(): Promise<string> {
  const folder = path.join(workplace.home, 'broken')
  await mkdir(folder)
  await writeFile(path.join(folder, 'apt-get'), '#!/bin/sh\necho "E: no network today" >&2\nexit 42\n', {mode: 0o755})
  await writeFile(path.join(folder, 'Dockerfile'), `FROM ${engine.baseImage}\nCOPY apt-get /usr/local/bin/apt-get\n`)
  await engine.dockerSays('build', '--tag', 'e2e/broken:1', folder)
  return 'e2e/broken:1'
}

describeOnDebian('image build on a Docker Engine', () => {
  beforeAll(async () => {
    engine = await openDockerEngine()
    workplace = await openWorkplace()
    env = {...workplace.env, DOCKER_HOST: engine.env['DOCKER_HOST'] ?? ''}
    // What the tests are about is not there, whatever an earlier run has left.
    await engine.docker(['image', 'rm', '--no-prune', TAG])
  })
  afterAll(async () => {
    await closeOpened(engine, workplace)
  })

  it('builds, tells each step, and says what came of it', async () => {
    const {exitCode, stdout, stderr} = await build()
    expect({exitCode, stderr}).toMatchObject({exitCode: 0})
    expect(stdout).toMatch(/^built: e2e\/nfs-server:1 is [0-9a-f]{12}, \d+ MB\n$/)
    const steps = /step 1 of (\d+): ARG BASE/.exec(stderr)?.[1]
    expect(stderr).toContain(`step ${steps ?? '?'} of ${steps ?? '?'}: CMD ["/etc/rc.local"]`)
    expect(stderr).not.toMatch(/Setting up|---> /)
  })

  it('makes a small image that starts the server and has neither volume nor health check', async () => {
    const [image] = JSON.parse(await engine.dockerSays('image', 'inspect', TAG))
    expect(image.Config).toMatchObject({Cmd: ['/etc/rc.local'], Entrypoint: null, Volumes: null})
    expect(image.Config.Healthcheck).toBeUndefined()
    expect(image.Size).toBeLessThan(195_000_000)
  })

  it('changes nothing the second time, and says nothing on the way when asked to be quiet', async () => {
    const before = await engine.dockerSays('image', 'inspect', '--format', '{{.Id}}', TAG)
    const again = await build(['--json'])
    expect(again).toMatchObject({exitCode: 0, stderr: ''})
    expect(resultOf(again)).toMatchObject({outcome: 'unchanged', unchanged: true, image: {reference: TAG, id: before}})
    const quiet = await build(['--quiet'])
    expect(quiet).toMatchObject({exitCode: 0, stderr: '', stdout: expect.stringMatching(/^unchanged: /)})
  })

  it('shows the last words of a step that fails, and leaves the tag as it was', async () => {
    const before = await engine.dockerSays('image', 'inspect', '--format', '{{.Id}}', TAG)
    const failed = await build([], await brokenBase())
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toMatch(
      /^✘ Image e2e\/nfs-server:1 was not built: step \d+ of \d+ failed: .*apt-get.* 42\. \(VN-IMAGE-BUILD-FAILED\)$/m,
    )
    expect(failed.stderr).toMatch(/^ +why: The last lines of its output:\n.*E: no network today$/m)
    expect(await engine.dockerSays('image', 'inspect', '--format', '{{.Id}}', TAG)).toBe(before)
  })

  it('does not hide that the base is not to be had', async () => {
    const failed = await build(['--json'], 'registry.invalid/debian:none')
    expect(failed.exitCode).toBe(1)
    expect(JSON.parse(failed.stdout).error).toMatchObject({
      code: 'VN-IMAGE-BUILD-FAILED',
      message: expect.stringMatching(/step 2 of \d+ failed: .*registry\.invalid/),
    })
  })

  it('builds the same from an installed package', async () => {
    const {node, runJs} = await installCopy(workplace)
    const argv = [runJs, 'image', 'build', '--tag', TAG, '--base', engine.baseImage, '--json']
    const built = await runProgram(node, argv, {env})
    expect(built).toMatchObject({exitCode: 0})
    expect(resultOf(built)).toMatchObject({outcome: 'unchanged'})
  })
})
