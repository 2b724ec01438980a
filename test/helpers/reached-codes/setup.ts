import path from 'node:path'

import {createRecorder, FOLDER_VARIABLE, RECORDER} from './record.js'

const folder = process.env[FOLDER_VARIABLE]
if (folder !== undefined) {
  // Tests may replace modules, but not what a process has built in.
  const {appendFileSync} = process.getBuiltinModule('node:fs')
  const file = path.join(folder, `${process.pid}.txt`)
  const recorder = createRecorder((code) => {
    appendFileSync(file, `${code}\n`)
  })
  Object.assign(globalThis, {[RECORDER]: recorder})
}
