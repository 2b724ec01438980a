import {describe, expect, it} from '@jest/globals'
import {existsSync} from 'node:fs'
import {programFile} from '../../../src/model/installation.js'

describe('where the program lies', () => {
  it.each([
    ['the sources', 'file:///src/dist/vicnfs/src/model/installation.ts', '/src/dist/vicnfs'],
    ['sources in a folder dist', 'file:///home/dist/src/model/installation.ts', '/home/dist'],
    ['modules compiled alone', 'file:///opt/vicnfs/dist/src/model/installation.js', '/opt/vicnfs'],
    ['the program', 'file:///opt/vicnfs/dist/program/chunks/chunk-23A5PCSS.js', '/opt/vicnfs'],
    ['a program in the folder of another', 'file:///x/dist/program/v/dist/program/src/a/b.js', '/x/dist/program/v'],
    ['a folder with a blank', 'file:///my%20tools/dist/program/commands/demo.js', '/my tools'],
  ])('is found from %s', (_title, moduleUrl, root) => {
    expect(programFile('src/sandbox/daemon.js', moduleUrl)).toBe(`${root}/dist/program/src/sandbox/daemon.js`)
  })

  it('is there', () => {
    expect(existsSync(programFile('src/vic-machine/runner.js'))).toBe(true)
  })
})
