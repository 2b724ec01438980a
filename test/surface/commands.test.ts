import type {Command} from '@oclif/core'
import {beforeAll, describe, expect, it} from '@jest/globals'

import {loadSourceConfig} from '../../scripts/source-config.js'
import {connectFlags} from '../../src/cli/connect-flags.js'
import {consentFlags, timeFlags} from '../../src/cli/flags.js'
import {placeFlagsOf} from '../../src/model/command-here.js'

let commands: Command.Loadable[]

beforeAll(async () => {
  const config = await loadSourceConfig()
  commands = config.commands.sort((a, b) => (a.id < b.id ? -1 : 1))
})

/** One flag in one line: name, short form, kind, where else its value comes from. */
function flagLine(flag: Command.Flag.Cached): string {
  const {name, char, type, env, required, options, multiple} = flag as Command.Flag.Cached & Record<string, unknown>
  const words = [
    `--${name}`,
    ...(char === undefined ? [] : [`-${char}`]),
    type,
    ...(env === undefined ? [] : [`env ${env}`]),
    ...(required === true ? ['required'] : []),
    ...(multiple === true ? ['multiple'] : []),
    ...(Array.isArray(options) ? [options.join('|')] : []),
  ]
  return words.join(' ')
}

describe('the flags that say where a command works', () => {
  it('are those that commands to try are completed with', () => {
    const place = Object.keys(connectFlags).filter((flag) => !(flag in timeFlags))
    const taken = commands.map(({id, flags}) => [id, place.filter((flag) => flag in flags).sort()])
    // These have some of the flags, and say nothing of a VCH by them: the rest is theirs alone.
    const others = ['history', 'image:build', 'image:push', 'runbook:apply', 'runbook:destroy']
    const more = ['runbook:plan', 'runbook:status', 'runbook:verify']
    const expected = Object.fromEntries(
      taken.map(([id, flags]) => [id, [...others, ...more].includes(id as string) ? [] : flags]),
    )
    expect(Object.fromEntries(commands.map(({id}) => [id, [...placeFlagsOf(id)].sort()]))).toEqual(expected)
  })
})

describe('the commands', () => {
  it('are these, with these arguments and flags', () => {
    const surface = Object.fromEntries(
      commands.map((command) => [
        command.id,
        {
          args: Object.values(command.args).map((arg) => `${arg.name}${arg.required === true ? ' required' : ''}`),
          flags: Object.values(command.flags).map(flagLine).sort(),
        },
      ]),
    )
    expect(surface).toMatchSnapshot()
  })

  it('each say what they do, show an example, and know --json', () => {
    for (const command of commands) {
      const {id, summary = '', examples = [], flags} = command
      expect({id, summary}).toEqual({id, summary: expect.stringMatching(/^[A-Z].*[^.]$/)})
      expect({id, hasExample: examples.length > 0}).toEqual({id, hasExample: true})
      expect(Object.keys(flags)).toEqual(expect.arrayContaining(['json', 'quiet', 'verbose', 'no-color']))
    }
  })

  it('take no consent from the environment', () => {
    const consents = new Set([...Object.keys(consentFlags), 'confirm'])
    const withVariable = commands.flatMap(({id, flags}) =>
      Object.values(flags)
        .filter((flag) => consents.has(flag.name) && flag.env !== undefined)
        .map((flag) => `${id} --${flag.name}`),
    )
    expect(withVariable).toEqual([])
  })

  it('take no password as a flag', () => {
    const withValue = commands.flatMap(({flags}) => Object.values(flags)).filter(({type}) => type === 'option')
    expect(withValue.map(({name}) => name).filter((name) => /passw|secret|token/i.test(name))).toEqual([])
  })
})
