import {stripVTControlCharacters} from 'node:util'
import {describe, expect, it} from '@jest/globals'
import {doctorText, wrapped} from '../../../src/cli/doctor-text.js'
import {lookOf} from '../../../src/cli/look.js'

const LOOK = lookOf({columns: 60}, {environment: {LANG: 'C.UTF-8'}})
const COLORED = lookOf({columns: 60}, {environment: {LANG: 'C.UTF-8', FORCE_COLOR: '1'}})

const VIEW = {
  summary: {ok: 1, warnings: 1, failed: 1, notAsked: 1},
  groups: [
    {
      title: 'Tools',
      checks: [
        {title: 'Node.js', state: 'ok' as const, evidence: 'Node.js v20.'},
        {title: 'Journal', state: 'not-asked' as const, evidence: 'It could not be looked at.'},
      ],
    },
    {
      title: 'Stores',
      checks: [
        {title: 'Record', state: 'warning' as const, evidence: 'There is none.', advice: 'It is written at once.'},
        {
          title: 'Store "with-a-long-label-of-its-own"',
          state: 'failed' as const,
          evidence: 'nfs://10.0.0.1/exports/a?uid=0&gid=0 cannot be mounted: nobody answers there at all.',
          code: 'VN-NFS-REFUSED',
          fix: ["vicnfs preflight 'nfs://10.0.0.1/exports/a?uid=0&gid=0' --read-only"],
        },
      ],
    },
  ],
}

describe('the checks as text', () => {
  it('are grouped and aligned, with advice and commands below', () => {
    expect(doctorText(VIEW, {look: LOOK, onlyTrouble: false})).toBe(
      [
        'Tools',
        '  ✔ Node.js                   Node.js v20.',
        '  – Journal                   It could not be looked at.',
        '',
        'Stores',
        '  ! Record                    There is none.',
        '      do: It is written at once.',
        '  ✘ Store "with-a-long-label-of-its-own"',
        '      nfs://10.0.0.1/exports/a?uid=0&gid=0 cannot be',
        '      mounted: nobody answers there at all. (VN-NFS-REFUSED)',
        "      try: vicnfs preflight 'nfs://10.0.0.1/exports/a?uid=0&gid=0' --read-only",
        '',
        '1 ok, 1 warning, 1 failed, 1 not asked',
      ].join('\n'),
    )
  })

  it('leave out what is fine or not asked when only trouble is wanted', () => {
    const text = doctorText(VIEW, {look: LOOK, onlyTrouble: true})
    expect(text).not.toMatch(/Tools|Node|Journal/)
    expect(text).toMatch(/^Stores\n {2}! Record[^]*1 ok, 1 warning, 1 failed, 1 not asked$/)
    const fine = {summary: {ok: 3, warnings: 0, failed: 0, notAsked: 0}, groups: VIEW.groups.slice(0, 1)}
    expect(doctorText(fine, {look: LOOK, onlyTrouble: true})).toBe('3 ok, 0 warnings, 0 failed, 0 not asked')
  })

  it('say the same with colours', () => {
    const text = doctorText(VIEW, {look: COLORED, onlyTrouble: false})
    expect(text).not.toBe(stripVTControlCharacters(text))
    expect(stripVTControlCharacters(text)).toBe(doctorText(VIEW, {look: LOOK, onlyTrouble: false}))
  })

  it('are ASCII where the terminal speaks nothing else', () => {
    const look = lookOf({columns: 60}, {environment: {LANG: 'C'}})
    expect(doctorText(VIEW, {look, onlyTrouble: false})).toMatch(/ {2}ok Node[^]* {2}x {2}Store/)
  })

  it('break at blanks only', () => {
    expect(wrapped('a bb ccc', 4)).toEqual(['a bb', 'ccc'])
    expect(wrapped('a-word-that-is-too-long b', 5)).toEqual(['a-word-that-is-too-long', 'b'])
  })
})
