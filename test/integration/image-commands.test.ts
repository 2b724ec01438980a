import {afterEach, describe, expect, it} from '@jest/globals'

import {runCli, spawnCli} from '../helpers/cli.js'
import {ENGINE_INFO, scriptedServer, VCH_INFO, type ScriptedServer} from '../unit/vch/scripted-server.js'

const SECRET = 'marker-pa55word'

let server: ScriptedServer

afterEach(() => server.close())

/** A Docker Engine whose registry says no, and repeats what it got. */
async function refusingEngine(): Promise<void> {
  server = await scriptedServer(({path, headers}) => {
    if (path.endsWith('/info')) return {json: ENGINE_INFO}
    if (path.endsWith('/networks')) return {json: []}
    if (path.endsWith('/json')) return {json: {Id: 'sha256:1', Size: 1}}
    const said = `unauthorized: robot:${SECRET} ${String(headers['x-registry-auth'])}`
    return {text: `${JSON.stringify({errorDetail: {message: said}, error: said})}\n`}
  })
}

const forms = [SECRET, Buffer.from(SECRET).toString('base64').slice(0, -2), 'eyJ1c2VybmFtZSI6']

describe('the password of a registry', () => {
  it.each([['--verbose'], ['--json']])(
    'is shown nowhere with %s, not even to a debugger of the network',
    async (flag) => {
      await refusingEngine()
      const argv = ['image', 'push', 'registry.example.com/team/nfs:1', '--username', 'robot', '--password-stdin', flag]
      const env = {DOCKER_HOST: `unix://${server.socketPath}`, DEBUG: '*', NODE_DEBUG: 'child_process,execa'}
      const {exitCode, stdout, stderr} = await spawnCli(argv, {env, stdin: `${SECRET}\n`})
      expect(exitCode).toBe(1)
      const header = String(server.seen.find(({path}) => path.endsWith('/push'))!.headers['x-registry-auth'])
      // The control: it was sent, and the debugger was on.
      expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({password: SECRET})
      expect(stderr).toContain('modem Sending:')
      expect(stdout + stderr).toContain('VN-REGISTRY-UNAUTHORISED')
      for (const form of [...forms, header]) expect(stdout + stderr).not.toContain(form)
    },
  )
})

describe('image build and image push', () => {
  const TARGET = 'registry.example.com/team/nfs:1'

  async function run(...argv: string[]) {
    const env = {DOCKER_HOST: `unix://${server.socketPath}`, VICNFS_IMAGE_TAG: undefined, VICNFS_IMAGE_BASE: undefined}
    const {exitCode, json} = await runCli([...argv, '--json'], {env})
    return {exitCode, ...(json as object)}
  }

  it.each([
    ['build', ['image', 'build']],
    ['push', ['image', 'push', TARGET]],
  ])('refuse to %s on a VCH, and say how to name a Docker Engine', async (_, argv) => {
    server = await scriptedServer(() => ({json: VCH_INFO}))
    const again = ['vicnfs', ...argv, '--host', 'unix:///var/run/docker.sock'].join(' ')
    expect(await run(...argv)).toMatchObject({exitCode: 2, error: {code: 'VN-IMAGE-ENGINE', tries: [again]}})
    expect(server.seen.map(({path}) => path)).toEqual(['/v1.25/info'])
  })

  it.each([
    ['a user without a password', ['image', 'push', TARGET, '--username', 'robot'], 'VN-SETTING-MISSING'],
    ['nothing on stdin', ['image', 'push', TARGET, '--username', 'robot', '--password-stdin'], 'VN-SETTING-MISSING'],
    ['a password without a user', ['image', 'push', TARGET, '--password-stdin'], 'VN-USAGE'],
    ['no place to push to', ['image', 'push'], 'VN-USAGE'],
    ['a name that no image can have', ['image', 'push', 'Registry/NFS'], 'VN-IMAGE-REFERENCE-BAD'],
    ['a tag that no image can have', ['image', 'build', '--tag', 'nfs@sha256:1'], 'VN-IMAGE-REFERENCE-BAD'],
  ])('are not begun with %s', async (_, argv, code) => {
    await refusingEngine()
    expect(await run(...argv)).toMatchObject({exitCode: 2, error: {code}})
    expect(server.seen).toEqual([])
  })
})
