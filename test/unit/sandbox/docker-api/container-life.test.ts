/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {startVch, type TestVch} from './test-vch.js'

describe('the life of a container', () => {
  let vch: TestVch
  beforeAll(async () => void (vch = await startVch()))
  afterAll(() => vch.close())

  const create = (body: object, name = '') =>
    vch.request('POST', `/containers/create${name === '' ? '' : `?name=${name}`}`, {
      Image: 'busybox',
      Cmd: ['sleep', '60'],
      ...body,
    })
  const inspect = async (id: string) => (await vch.request('GET', `/containers/${id}/json`)).json()
  const started = async (body: object, name = ''): Promise<string> => {
    const made = await create(body, name)
    const answer = await vch.request('POST', `/containers/${made.json().Id}/start`)
    if (answer.status !== 204) throw new Error(answer.text)
    return made.json().Id
  }
  const remove = (id: string) => vch.request('DELETE', `/containers/${id}?force=1`)
  const logged = async (id: string, text: string): Promise<void> => {
    while (!(await vch.request('GET', `/containers/${id}/logs?stdout=1`)).text.includes(text)) continue
  }

  it('is Starting while it boots and Stopping while it goes down, and starting a running one is 204', async () => {
    // It boots until the test lets it, and goes down when the test says so: it does not heed TERM.
    const {Id} = (await create({Cmd: ['sh', '-c', 'trap "" TERM; echo up; read x'], OpenStdin: true})).json()
    const status = async (): Promise<string> => (await inspect(Id)).State.Status
    const {services} = vch.containers.context
    let mayBoot = (): void => undefined
    const boots = new Promise<void>((resolve) => (mayBoot = resolve))
    vch.containers.connect({...services!, mapPorts: () => boots})
    const starting = vch.request('POST', `/containers/${Id}/start`)
    while ((await status()) === 'created') continue
    expect(await status()).toBe('Starting')
    expect((await vch.request('DELETE', `/containers/${Id}`)).json().message).toBe(
      'The container is starting.  To remove use -f',
    )
    mayBoot()
    expect((await starting).status).toBe(204)
    vch.containers.connect(services)
    expect((await vch.request('POST', `/containers/${Id}/start`)).status).toBe(204)
    await logged(Id, 'up')
    const stopping = vch.request('POST', `/containers/${Id}/stop?t=60`)
    while ((await status()) === 'running') continue
    expect(await status()).toBe('Stopping')
    vch.containers.context.runtimes.get(Id)?.process?.stdin?.end('\n')
    expect((await stopping).status).toBe(204)
    await remove(Id)
  })

  it('has a VMDK volume in one running container only', async () => {
    const first = await started({HostConfig: {Binds: ['disk:/d']}})
    const {Id: second} = (await create({HostConfig: {Binds: ['disk:/d']}})).json()
    const busy = await vch.request('POST', `/containers/${second}/start`)
    expect([busy.status, busy.json().message]).toEqual([409, 'Conflict error from portlayer: device disk in use'])
    await vch.request('POST', `/containers/${first}/stop?t=1`)
    expect((await vch.request('POST', `/containers/${second}/start`)).status).toBe(204)
    await remove(first)
    await remove(second)
  })

  it.each([
    ['process', ['sh', '-c', 'exit 7'], 7],
    ['TERM', ['sh', '-c', 'kill -TERM $$'], 143],
    ['KILL', ['sh', '-c', 'kill -KILL $$'], 137],
    ['missing file', ['sh', '-c', './nothing'], 127],
    ['no permission', ['sh', '-c', 'touch x; ./x'], 126],
  ])('exit code: %s', async (_what, Cmd, code) => {
    const {id, exitCode} = await vch.run({Cmd})
    expect(exitCode).toBe(code)
    expect((await inspect(id)).State).toMatchObject({Status: 'exited', Running: false, ExitCode: code})
    await remove(id)
  })

  it('cannot start an unknown command, in the words of a VCH', async () => {
    const {Id} = (await create({Cmd: ['fakeCommand']})).json()
    const answer = await vch.request('POST', `/containers/${Id}/start`)
    expect([answer.status, answer.json().message]).toEqual([
      500,
      'Server error from portlayer: fakeCommand: no such executable in PATH.',
    ])
    await remove(Id)
  })

  it('stops with 143, or 137 when the process does not heed TERM', async () => {
    const polite = await started({})
    expect((await vch.request('POST', `/containers/${polite}/stop`)).status).toBe(204)
    expect((await inspect(polite)).State.ExitCode).toBe(143)
    const stubborn = await started({Cmd: ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done']})
    await logged(stubborn, 'ready')
    await vch.request('POST', `/containers/${stubborn}/stop?t=1`)
    expect((await inspect(stubborn)).State.ExitCode).toBe(137)
    expect((await vch.request('POST', `/containers/${stubborn}/stop`)).status).toBe(204)
    await remove(polite)
    await remove(stubborn)
  })

  it('waits for a limited time only', async () => {
    const id = await started({})
    const {waitLimitMs} = vch.store.state.knobs
    vch.setKnobs({waitLimitMs: 50})
    const answer = await vch.request('POST', `/containers/${id}/wait`)
    vch.setKnobs({waitLimitMs})
    expect([answer.status, answer.json().message]).toEqual([
      500,
      `Server error from portlayer: ContainerWaitHandler(${id}) Error: context deadline exceeded`,
    ])
    await vch.request('POST', `/containers/${id}/kill`)
    expect((await vch.request('POST', `/containers/${id}/wait`)).json()).toEqual({StatusCode: 137})
    const dead = await vch.request('POST', `/containers/${id}/kill`)
    expect(dead.status).toBe(500)
    expect(dead.json().message).toContain('is not running')
    await remove(id)
  })

  it('refuses to remove a running container without force', async () => {
    const id = await started({})
    const answer = await vch.request('DELETE', `/containers/${id}`)
    expect(answer.status).toBe(409)
    expect(answer.json().message).toBe(
      'You cannot remove a running container. Stop the container before attempting removal or use -f',
    )
    expect((await remove(id)).status).toBe(204)
    const gone = await vch.request('GET', `/containers/${id}/json`)
    expect([gone.status, gone.json().message]).toEqual([404, `No such container: ${id}`])
  })

  it('runs a command with the environment of the request and nothing of the daemon', async () => {
    process.env['VICNFS_TEST_LEAK'] = 'leak'
    const {log} = await vch.run({Cmd: ['env'], Env: ['A=b=c', 'EMPTY=']})
    expect(log.split('\n')).toEqual(expect.arrayContaining(['A=b=c', 'EMPTY=']))
    expect(log).not.toContain('leak')
    expect(log).toMatch(/^PATH=/m)
  })

  it('runs in its working directory on the volume, and keeps what it writes there', async () => {
    const binds = {WorkingDir: '/data/sub', HostConfig: {Binds: ['work:/data']}}
    expect((await vch.run({...binds, Cmd: ['sh', '-c', 'echo kept > f']})).exitCode).toBe(0)
    expect((await vch.run({...binds, Cmd: ['cat', 'f']})).log).toBe('kept\n')
  })

  it('reaches a volume by a relative name from outside of it, and leaves nothing beside it', async () => {
    const binds = {HostConfig: {Binds: ['beside:/srv/data']}}
    const script = 'mkdir -p srv/data && echo kept > srv/data/f; cd srv; echo more >> data/f'
    expect(await vch.run({...binds, Cmd: ['sh', '-c', script]})).toMatchObject({exitCode: 0, log: ''})
    expect((await vch.run({...binds, WorkingDir: '/srv/data', Cmd: ['cat', 'f']})).log).toBe('kept\nmore\n')
  })

  it.each([
    ['a volume in a volume', {Cmd: ['true'], HostConfig: {Binds: ['g1:/data', 'g2:/data/sub']}}],
    ['an absolute path into a mount', {Cmd: ['sh', '-c', 'cat </data/f'], HostConfig: {Binds: ['g1:/data']}}],
    ['a user by name', {Cmd: ['true'], User: 'bob'}],
    ['a read-only disk', {Cmd: ['true'], HostConfig: {Binds: ['g1:/data:ro']}}],
  ])('refuses what the engine cannot do: %s', async (_what, body) => {
    const {Id} = (await create(body)).json()
    const answer = await vch.request('POST', `/containers/${Id}/start`)
    expect(answer.status).toBe(500)
    expect(answer.json().message).toMatch(/^vicnfs sandbox \(engine process\): /)
    await remove(Id)
  })

  it('lists with filters and refuses those that a VCH does not have', async () => {
    const id = await started(
      {Labels: {'vicnfs.role': 'server'}, HostConfig: {NetworkMode: 'public', Binds: ['lv:/d']}},
      'listed',
    )
    const list = async (filters: object, all = '') => {
      const answer = await vch.request(
        'GET',
        `/containers/json?${all}filters=${encodeURIComponent(JSON.stringify(filters))}`,
      )
      return answer.status === 200 ? answer.json().map((one: {Id: string}) => one.Id) : answer.json().message
    }
    for (const filters of [
      {label: ['vicnfs.role=server']},
      {name: ['^/listed$']},
      {network: ['public']},
      {volume: ['lv']},
    ]) {
      expect(await list(filters)).toEqual([id])
    }
    expect(await list({health: ['x']})).toBe('filter health is not currently supported by vic')
    const [summary] = (await vch.request('GET', '/containers/json')).json()
    expect(summary).toMatchObject({
      Names: ['/listed'],
      ImageID: '',
      State: 'running',
      Mounts: null,
      NetworkSettings: null,
      HostConfig: {},
    })
    await vch.request('POST', `/containers/${id}/rename?name=renamed`)
    await vch.request('POST', '/containers/renamed/stop?t=1')
    expect(await list({name: ['renamed']})).toEqual([])
    expect(await list({status: ['exited'], name: ['renamed']})).toEqual([id])
    await remove(id)
  })

  it('removes a container with AutoRemove when it ends, and when it cannot start', async () => {
    const {Id} = (await create({Cmd: ['true'], HostConfig: {AutoRemove: true}})).json()
    const record = vch.containers.need(Id)
    await vch.request('POST', `/containers/${Id}/start`)
    await vch.containers.whenEnded(record)
    expect((await vch.request('GET', `/containers/${Id}/json`)).status).toBe(404)
    const bad = (await create({Cmd: ['fakeCommand'], HostConfig: {AutoRemove: true}})).json().Id
    await vch.request('POST', `/containers/${bad}/start`)
    expect((await vch.request('GET', `/containers/${bad}/json`)).status).toBe(404)
  })
})
