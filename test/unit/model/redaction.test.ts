import {describe, expect, it} from '@jest/globals'
import {execFileSync} from 'node:child_process'
import fc from 'fast-check'
import {redact, redactArgv, shellQuote} from '../../../src/model/redaction.js'

describe('redact', () => {
  it.each([
    ['nfs://user:hunter2@192.0.2.10/u:l', 'nfs://***@192.0.2.10/u:l'],
    ['--target=https://root:hunter2@vc/DC', '--target=https://***@vc/DC'],
    ['--target root:hunter2@vc/DC', '--target ***@vc/DC'],
    ['administrator@vsphere.local:hunter2@vc', '***@vc'],
    ['msg="root:hun@ter2@vc"', 'msg="***@vc"'],
    ['--password=hunter2 --name x', '--password=*** --name x'],
    ["--password 'hunter2 two' --name x", '--password *** --name x'],
    ['["--password","hunter2","--name"]', '["--password",***,"--name"]'],
    ['vic-machine-linux configure -p hunter2 --name x', 'vic-machine-linux configure -p *** --name x'],
    ['VIC_MACHINE_PASSWORD=hunter2 vic-machine ls', 'VIC_MACHINE_PASSWORD=*** vic-machine ls'],
    ["VIC_MACHINE_PASSWORD='hunter2 two' vic-machine ls", 'VIC_MACHINE_PASSWORD=*** vic-machine ls'],
    ['{"VIC_MACHINE_PASSWORD":"hunter2"}', '{"VIC_MACHINE_PASSWORD":***}'],
  ])('hides the secret of %s', (text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it.each([
    'nfs://192.0.2.10/exports/data?uid=0&gid=0:nfs1',
    'docker run -p 2049:2049 image',
    'vSphere password for administrator@vsphere.local: ',
    'Failed to log in to vcenter.example.test: ServerFaultCode: Login failure',
    'time="2026-11-23T15:52:34Z" level=info msg="Host \\"vc:443\\" thumbprint does not match \\"00:11\\""',
  ])('leaves %s alone', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('hides given secrets in every quoted form', () => {
    const secret = 'p"a\\s\ts ü&(1)'
    const text = [
      secret,
      JSON.stringify(secret),
      JSON.stringify(JSON.stringify(secret)),
      encodeURIComponent(secret),
      new URLSearchParams({x: secret}).toString(),
      shellQuote([secret]),
      '"p\\"a\\\\s\\ts ü&(1)"',
    ].join('\n')
    const shown = redact(text, [secret])
    expect(shown).not.toMatch(/p.{1,6}a\\/)
    expect(shown.match(/\*\*\*/g)).toHaveLength(7)
  })

  it('never shows a given secret, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({minLength: 4}), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!'***'.includes(secret) && !secret.includes('*'))
        for (const form of [secret, JSON.stringify(secret)]) {
          expect(redact(`${before}${form}${after}`, [secret]).includes(secret)).toBe(false)
        }
      }),
    )
  })

  it('ignores an empty secret', () => {
    expect(redact('plain', [''])).toBe('plain')
  })
})

describe('redactArgv', () => {
  it('hides password options and user info', () => {
    expect(
      redactArgv([
        'vic-machine',
        'ls',
        '--password',
        'a b',
        '-p',
        'x',
        '--password=y',
        '-p=z',
        '--target',
        'u:p@vc',
        '--name',
        'n',
      ]),
    ).toEqual([
      'vic-machine',
      'ls',
      '--password',
      '***',
      '-p',
      '***',
      '--password=***',
      '-p=***',
      '--target',
      '***@vc',
      '--name',
      'n',
    ])
  })
})

describe('shellQuote', () => {
  it('leaves plain words bare and quotes the rest', () => {
    expect(shellQuote(['configure', '--volume-store', 'nfs://h/p?uid=0&gid=0:a', "it's", ''])).toBe(
      `configure --volume-store 'nfs://h/p?uid=0&gid=0:a' 'it'\\''s' ''`,
    )
  })

  it('is taken apart by a shell into the same arguments', () => {
    const argv = ['a b', '$HOME', '`id`', "'", '"', '\\', '*', '~', '#x', 'ünï', '', '\n', '!x', '-n', 'a;b', '=']
    const out = execFileSync('/bin/sh', ['-c', `for a in ${shellQuote(argv)}; do printf '%s\\0' "$a"; done`], {
      encoding: 'utf8',
    })
    expect(out.split('\0').slice(0, -1)).toEqual(argv)
  })
})
