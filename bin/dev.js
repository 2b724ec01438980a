#!/usr/bin/env -S node --import tsx
// The CLI on its TypeScript sources, with stacks of errors.
import {flush, handle, run, settings} from '@oclif/core'

import {loadSourceConfig} from '../scripts/source-config.js'

Object.assign(settings, {debug: true, enableAutoTranspile: false})
await run(process.argv.slice(2), await loadSourceConfig()).then(() => flush(), handle)
