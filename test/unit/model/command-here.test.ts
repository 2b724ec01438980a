import {describe, expect, it} from '@jest/globals'

import {SAME_COMMAND} from '../../../src/model/vicnfs-error.js'
import {commandHere, textHere, withCommandsHere, type RunPlace} from '../../../src/model/command-here.js'

const PLACE: RunPlace = {
  host: 'tcp://server:2376',
  'cert-path': "/home/it's me/certs",
  'consumer-host': 'https://consumer:2376',
  'consumer-no-tlsverify': true,
  'vic-machine': '/opt/vic/vic-machine-linux',
  target: 'vcenter/dc',
  user: 'admin@vsphere.local',
  vch: 'web',
  'no-tlsverify': false,
}
const here = (command: string, environment = {}, place = PLACE) => commandHere(command, place, environment)

describe('a command of vicnfs', () => {
  it('says where this run works, for a shell, and every part of it only to commands that take it', () => {
    expect(here('vicnfs teardown data --park')).toBe(
      "vicnfs teardown data --park --host tcp://server:2376 --cert-path '/home/it'\\''s me/certs'" +
        ' --consumer-host https://consumer:2376 --consumer-no-tlsverify --vic-machine /opt/vic/vic-machine-linux' +
        ' --target vcenter/dc --user admin@vsphere.local --vch web',
    )
    expect(here('sudo vicnfs preflight nfs://a/b')).not.toContain('--vch')
    for (const command of ['vicnfs explain VN-BUG', 'vicnfs history --vch vm-1', 'vicnfs runbook apply a.yaml', 'rm x'])
      expect(here(command)).toBe(command)
  })

  it('leaves out what the environment says already, but not what it says otherwise', () => {
    const environment = {
      DOCKER_HOST: 'tcp://server:2376',
      DOCKER_CERT_PATH: '/elsewhere',
      VICNFS_CONSUMER_HOST: 'https://consumer:2376',
      VICNFS_CONSUMER_NO_TLSVERIFY: 'true',
      VICNFS_VIC_MACHINE: '/opt/vic/vic-machine-linux',
      VIC_MACHINE_TARGET: 'vcenter/dc',
      VIC_MACHINE_USER: 'admin@vsphere.local',
      VICNFS_VCH: 'web',
    }
    expect(here('vicnfs status', environment)).toBe("vicnfs status --cert-path '/home/it'\\''s me/certs'")
  })

  it('keeps what the command says itself, such as another VCH', () => {
    const command = 'vicnfs teardown data --consumer-host tcp://other:2376 --vch-id=vm-9'
    expect(here(command)).toMatch(/^vicnfs teardown data --consumer-host tcp:\/\/other:2376 --vch-id=vm-9 --host /)
    expect(here(command)).not.toMatch(/https:\/\/consumer|--vch web|--consumer-no-tlsverify/)
    expect(here('vicnfs teardown data -H tcp://x')).not.toContain('tcp://server')
  })

  it('says the certificate of a VCH of this run that it names as the consumer, for a shell', () => {
    const command = 'vicnfs register-store s --share data --host SERVER-VCH --consumer-host https://vch:2376'
    const own = {host: 'vch', 'cert-path': "/it's", 'no-tlsverify': true}
    expect(here(command, {}, own)).toBe(`${command} --consumer-cert-path '/it'\\''s' --consumer-no-tlsverify`)
    expect(here(command, {DOCKER_HOST: 'tcp://vch:2376', DOCKER_CERT_PATH: '/c', DOCKER_TLS: '1'}, {})).toBe(
      `${command} --consumer-no-tlsverify`,
    )
    const two = {host: 'a', 'cert-path': '/a', 'consumer-host': 'vch:2376'}
    expect(here(command, {}, two)).toBe(`${command} --consumer-cert-path /a`)
    expect(here(command, {}, {...two, 'consumer-cert-path': '/c'})).toBe(`${command} --consumer-cert-path /c`)
    const teardown = 'vicnfs teardown data --consumer-host https://vch:2376'
    expect(here(teardown, {}, two)).toBe(`${teardown} --host a --cert-path /a`)
    expect(here(`${command} --consumer-cert-path /x`, {}, own)).toBe(`${command} --consumer-cert-path /x`)
  })

  it('never shows a login that is part of a setting', () => {
    const place = {target: 'https://admin:secret@vcenter/dc', user: 'admin'}
    expect(here('vicnfs status', {}, place)).toBe('vicnfs status --user admin')
    expect(here('vicnfs status', {}, {target: 'admin:se/cret@vcenter'})).toBe('vicnfs status')
  })
})

describe('a docker command', () => {
  it('carries the client certificate of the side that it is about, and the doubt about the server', () => {
    expect(here('docker --tlsverify -H tcp://server:2376 logs a')).toBe(
      "docker --tlsverify --tlscacert '/home/it'\\''s me/certs/ca.pem' --tlscert '/home/it'\\''s me/certs/cert.pem'" +
        " --tlskey '/home/it'\\''s me/certs/key.pem' -H tcp://server:2376 logs a",
    )
    const own = {...PLACE, 'consumer-cert-path': '/c'}
    expect(here('docker --tlsverify -H tcp://consumer:2376 logs a', {}, own)).toMatch(
      /^docker --tls --tlscacert \/c\/ca/,
    )
    expect(here('docker --tlsverify -H tcp://server:2376 logs a', {DOCKER_TLS: '1'}, {})).toMatch(/^docker --tls -H/)
    expect(here('docker -H tcp://server:2375 logs a')).toBe('docker -H tcp://server:2375 logs a')
  })
})

describe('a docker command of two VCHs', () => {
  const certificates = {'cert-path': '/s', 'consumer-cert-path': '/c'}
  it('has the certificate of its own VCH, also where one host begins as the other does', () => {
    const place = {host: '10.0.0.1', 'consumer-host': '10.0.0.12', ...certificates}
    expect(here('docker --tlsverify -H tcp://10.0.0.12:2376 ps', {}, place)).toContain(' /c/ca.pem ')
    expect(here('docker --tlsverify -H tcp://10.0.0.1:2376 ps', {}, place)).toContain(' /s/ca.pem ')
    expect(
      here('docker --tlsverify -H tcp://b:2376 ps', {}, {host: '', 'consumer-host': 'B/', ...certificates}),
    ).toContain(' /c/ca.pem ')
  })

  it('keeps the quotes of an IPv6 address as they are', () => {
    const place = {host: 'tcp://[fd00::1]:2376', 'consumer-host': '[fd00::2]', ...certificates}
    expect(here("docker --tlsverify -H 'tcp://[fd00::2]:2376' ps", {}, place)).toBe(
      "docker --tlsverify --tlscacert /c/ca.pem --tlscert /c/cert.pem --tlskey /c/key.pem -H 'tcp://[fd00::2]:2376' ps",
    )
  })
})

describe('what concerns the command that was typed', () => {
  const typed = ['vicnfs', 'status', '--vch', 'wbe', '--target=a b', '--password', 'secret']
  const triesOf = (...tries: readonly string[]) => withCommandsHere({tries}, {place: {}, environment: {}, typed}).tries

  it('is that command once more, without secrets', () => {
    expect(triesOf(SAME_COMMAND)).toEqual(["vicnfs status --vch wbe '--target=a b' --password '***'"])
  })

  it('is that command with another flag, where a variable would be of no use beside it', () => {
    expect(triesOf('export VICNFS_VCH=web', "export VIC_MACHINE_TARGET='c d'", 'export VICNFS_VCH_ID=vm-1')).toEqual([
      "vicnfs status '--target=a b' --password '***' --vch web",
      "vicnfs status --vch wbe --password '***' --target 'c d'",
      'export VICNFS_VCH_ID=vm-1',
    ])
    const two = 'export VIC_MACHINE_TARGET=VCENTER VIC_MACHINE_USER=USER'
    expect(triesOf(two)).toEqual([two])
  })

  it('knows -H for --host, and leaves other texts alone where a flag without a variable was typed', () => {
    const {tries} = withCommandsHere(
      {tries: ['vicnfs explain VN-BUG', 'Look at it.', 'export DOCKER_HOST=tcp://b:1']},
      {place: {}, environment: {}, typed: ['vicnfs', 'status', '--no-tlsverify', '--tree', '-H', 'tcp://a:1']},
    )
    expect(tries).toEqual([
      'vicnfs explain VN-BUG',
      'Look at it.',
      'vicnfs status --no-tlsverify --tree --host tcp://b:1',
    ])
  })

  it('is told from a command whose flags of that name say something else', () => {
    const tries = ['export VIC_MACHINE_TARGET=vcenter']
    const words = ['vicnfs', 'runbook', 'apply', 'a.yaml', '--target', 'web']
    expect(withCommandsHere({tries}, {place: {}, environment: {}, typed: words}).tries).toEqual(tries)
  })

  it('shows no login of a target, whatever is in the password', () => {
    const shown = (...words: string[]) =>
      withCommandsHere({tries: [SAME_COMMAND]}, {place: {}, environment: {}, typed: words}).tries[0]
    expect(shown('vicnfs', 'status', '--target', 'me:a/b"c@vc/dc')).toBe("vicnfs status --target '***@vc/dc'")
    expect(shown('vicnfs', 'status', '--target=https://me:a/b@vc')).toBe("vicnfs status '--target=https://***@vc'")
  })
})

describe('a text with commands', () => {
  const place = {host: 'tcp://s:1'}
  it('has each one completed, and the rest of it left alone', () => {
    const text = 'Either (a). Run: vicnfs expose-volume a Run: vicnfs expose-volume b\n   Then run: vicnfs status'
    expect(textHere(text, place, {})).toBe(
      'Either (a). Run: vicnfs expose-volume a --host tcp://s:1 Run: vicnfs expose-volume b --host tcp://s:1\n' +
        '   Then run: vicnfs status --host tcp://s:1',
    )
    const prose = 'Run vicnfs preflight on the URL.'
    expect(textHere(prose, place, {})).toBe(prose)
  })

  it('is found in a result wherever commands stand, and nowhere else', () => {
    const result = {
      command: 'vicnfs status',
      next: 'vicnfs status',
      shares: [{findings: [{text: 'vicnfs status', tries: ['vicnfs status', 'true']}]}],
      at: new Date(0),
    }
    expect(withCommandsHere(result, {place, environment: {}, typed: []})).toEqual({
      ...result,
      next: 'vicnfs status --host tcp://s:1',
      shares: [{findings: [{text: 'vicnfs status', tries: ['vicnfs status --host tcp://s:1', 'true']}]}],
    })
  })
})
