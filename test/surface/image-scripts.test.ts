import {expect, it} from '@jest/globals'
import {readdirSync, readFileSync} from 'node:fs'

const FOLDER = new URL('../../image/', import.meta.url)
const SCRIPTS = ['rc.local', ...readdirSync(new URL('lib', FOLDER)).map((name) => `lib/${name}`)]

// Bash 5.2 reads `$(…)` with its parser while it runs, and a signal that waits for its trap then breaks that.
it.each(SCRIPTS.filter((name) => /^rc\.local$|\.sh$/.test(name)))(
  '%s of the image can be told to stop at any time',
  (name) => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8')
    expect(text.match(/^.*\$\((?!\().*$/gm)).toBeNull()
  },
)
