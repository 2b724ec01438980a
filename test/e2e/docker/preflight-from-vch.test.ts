import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'

import type {PreflightReport} from '../../../src/nfs/preflight/report.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {untilServerReady} from '../../helpers/until-server-ready.js'
import {watchCli, type WatchedEnd} from '../../helpers/watched-cli.js'
import {canTestOnDebian} from '../not-tested.js'
import {runUntil} from '../run-program.js'

const describeOnDebian = canTestOnDebian('preflight from a container of a Docker Engine') ? describe : describe.skip

const CAPABILITIES = ['--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']
const OPTIONS = '*(rw,sync,no_subtree_check,insecure,no_root_squash)'

let engine: DockerEngine
let state: string
let url: string

interface Document {
  readonly ok: boolean
  readonly warnings: readonly string[]
  readonly result?: PreflightReport & {readonly onEngine: boolean; readonly notProven: readonly string[]}
  readonly error?: {readonly code: string; readonly details: {readonly report?: PreflightReport}}
}

const begin = (target: string, ...words: string[]) =>
  watchCli(['preflight', target, '--from', 'vch', ...words], {...engine.env, VICNFS_STATE_DIR: state})

async function check(target: string, ...words: string[]): Promise<WatchedEnd & {readonly document: Document}> {
  const ended = await begin(target, '--json', ...words).finished
  return {...ended, document: JSON.parse(ended.stdout) as Document}
}

/** Containers of checks that are there. */
const left = () => engine.dockerSays('ps', '-aq', '--filter', 'label=vicnfs.role=check')

async function startServer(address: string): Promise<void> {
  const image = await engine.buildServerImage()
  const env = {NFS_BACKEND: 'ganesha', REQUIRE_MOUNT: '1', EXPORT_FOLDER: '/exports/data', EXPORT_OPTS: OPTIONS}
  const words = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const place = ['--network', 'storage-net', '--ip', address, '--volume', 'data:/exports/data']
  await engine.dockerSays('run', '--detach', '--name', 'server', ...CAPABILITIES, ...place, ...words, image)
  await untilServerReady(engine, 'server')
}

/** A port mapper that takes every connection and never answers. */
const SILENT =
  'use IO::Socket::INET; $| = 1; my $s = IO::Socket::INET->new(LocalPort => 111, Listen => 9) or die "$@"; print "listening\\n"; sleep'

async function startSilent(address: string): Promise<void> {
  const place = ['--network', 'storage-net', '--ip', address]
  await engine.dockerSays('run', '--detach', '--name', 'silent', ...place, engine.baseImage, 'perl', '-e', SILENT)
  const enough = (stdout: string) => stdout.includes('listening')
  await runUntil('/usr/bin/docker', ['logs', '--follow', 'silent'], {env: engine.env, enough})
}

describeOnDebian('preflight --from vch on a Docker Engine, of a share that Ganesha serves', () => {
  beforeAll(async () => {
    state = await makeTempDirectory()
    engine = await openDockerEngine()
    const subnet = engine.subnet(1)
    await engine.dockerSays('network', 'create', '--subnet', subnet.cidr, 'storage-net')
    await startServer(subnet.address(9))
    url = `nfs://${subnet.address(9)}/exports/data?uid=0&gid=0`
  })
  afterAll(async () => {
    await closeOpened(engine)
    await rm(state, {recursive: true, force: true})
  })

  it('passes from the bridge, claims nothing about a VCH, and removes its container', async () => {
    const {exitCode, document} = await check(url)
    expect(document.error).toBeUndefined()
    expect(exitCode).toBe(0)
    expect(document.result).toMatchObject({passed: true, from: 'vch', onEngine: true, privilegedPort: true})
    expect(document.warnings[0]).toContain('a plain Docker Engine, no VCH')
    expect(document.result?.notProven[0]).toContain('anything about a VCH')
    const states = document.result?.rungs.map(({state: one}) => one) ?? []
    expect(states.slice(0, 10)).toEqual(Array<string>(10).fill('passed'))
    expect(await engine.dockerSays('exec', 'server', 'ls', '-A', '/exports/data')).toBe('volumes\nvolumes_metadata')
    expect(await left()).toBe('')
  })

  it('has the code of the rung that mountd fails', async () => {
    const {exitCode, document} = await check(url.replace('/data', '/other'))
    expect([exitCode, document.error?.code]).toEqual([5, 'VN-NFS-NOT-EXPORTED'])
    expect(await left()).toBe('')
  })

  it('ends at an address that nobody has', async () => {
    const nobody = url.replace(/\.9\//, '.99/')
    const {exitCode, document} = await check(nobody, '--step-timeout', '500ms')
    expect(exitCode).toBe(5)
    expect(document.error?.code).toMatch(/^VN-NFS-(TIMEOUT|UNREACHABLE)$/)
    expect(await left()).toBe('')
  })

  it('tells an image without share-check by the words of the Engine', async () => {
    const {exitCode, document} = await check(url, '--image', engine.baseImage)
    expect([exitCode, document.error?.code]).toEqual([1, 'VN-CHECK-NO-PROGRAM'])
    expect(await left()).toBe('')
  })

  it('leaves no container after Ctrl-C', async () => {
    // Of an address that nobody has, the kernel tells after some seconds, which may come before the signal.
    await startSilent(engine.subnet(1).address(98))
    const cli = begin(url.replace(/\.9\//, '.98/'), '--step-timeout', '10m')
    await cli.until(/Climb the ladder/)
    while ((await left()) === '') await delay(20)
    cli.signalGroup('SIGINT')
    expect(await cli.finished).toMatchObject({exitCode: 130})
    expect(await left()).toBe('')
  })

  it('is what docker exec says of the own export', async () => {
    expect(await engine.dockerSays('exec', 'server', 'share-check')).toMatch(
      /^share-check: \/exports\/data can be mounted \(mountd 32767, nfsd 2049, \d+ ms\)$/,
    )
    const gone = await engine.docker([
      'exec',
      '--env',
      'EXPORT_FOLDER=/x',
      'server',
      'share-check',
      '--timeout',
      '0.000',
    ])
    expect(gone.exitCode).toBe(2)
  })
})
