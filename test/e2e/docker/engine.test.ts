import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {connect} from 'node:net'

import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {canTestOnDebian} from '../not-tested.js'
import {runUntil} from '../run-program.js'

const describeOnDebian = canTestOnDebian("Debian's Docker Engine") ? describe : describe.skip

const GREETER = `use IO::Socket::INET; $| = 1
my $server = IO::Socket::INET->new(LocalPort => 7, Listen => 1) or die "$@"
print "listening\\n"
my $client = $server->accept
print $client "hello"
$client->shutdown(1)
<$client>`.replaceAll('\n', ';')

let engine: DockerEngine

describeOnDebian("Debian's Docker Engine, private to the tests", () => {
  beforeAll(async () => void (engine = await openDockerEngine()))
  afterAll(() => closeOpened(engine))

  it('is a plain Docker Engine to vicnfs', async () => {
    expect(await engine.api.info()).toMatchObject({kind: 'docker-engine', running: true})
    expect(await engine.api.hasImage(engine.baseImage)).toBe(true)
  })

  it('runs containers that reach the sources of packages', async () => {
    const run = await engine.docker(['run', '--rm', engine.baseImage, 'apt-get', '-q', 'update'])
    expect(run).toMatchObject({exitCode: 0})
    expect(run.stdout).toMatch(/^Get:1 /m)
  })

  it('has networks whose containers this machine reaches at an address of their own', async () => {
    const subnet = engine.subnet(1)
    await engine.dockerSays('network', 'create', '--subnet', subnet.cidr, 'own-net')
    const place = ['--network', 'own-net', '--ip', subnet.address(9)]
    await engine.dockerSays('run', '--detach', '--name', 'greeter', ...place, engine.baseImage, 'perl', '-e', GREETER)
    await untilSaid(['logs', '--follow', 'greeter'], 'listening')
    expect(await textFrom(subnet.address(9))).toBe('hello')
  })
})

async function untilSaid(args: readonly string[], words: string): Promise<void> {
  await runUntil('/usr/bin/docker', args, {env: engine.env, enough: (stdout) => stdout.includes(words)})
}

async function textFrom(host: string): Promise<string> {
  let text = ''
  for await (const part of connect({host, port: 7}).setEncoding('utf8')) text += String(part)
  return text
}
