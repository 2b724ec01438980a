// Loaded before a program: writes its largest resident set, in kilobytes, to the file that VICNFS_BENCH_RSS names.
import {writeFileSync} from 'node:fs'

process.on('exit', () => {
  writeFileSync(process.env.VICNFS_BENCH_RSS, String(process.resourceUsage().maxRSS))
})
