import {describe, expect, it} from '@jest/globals'
import {execFileSync, spawnSync} from 'node:child_process'
import {readFileSync, symlinkSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {withTempDirectory} from '../helpers/temp-directory.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

function text(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

/** Packs what is in dist now, without building again under the feet of other tests. */
function pack(directory: string): {file: string; paths: string[]; unpackedSizeBytes: number} {
  const args = [
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    directory,
    '--cache',
    path.join(directory, 'npm'),
  ]
  const [packed] = JSON.parse(execFileSync('npm', args, {cwd: root, encoding: 'utf8', stdio: 'pipe'})) as {
    filename: string
    unpackedSize: number
    files: {path: string}[]
  }[]
  return {
    file: path.join(directory, packed!.filename),
    paths: packed!.files.map((entry) => entry.path).sort(),
    unpackedSizeBytes: packed!.unpackedSize,
  }
}

describe('the package', () => {
  it('holds the compiled program and its papers, nothing else, and runs from where it was unpacked', () =>
    withTempDirectory(async (directory) => {
      const {file: packed, paths, unpackedSizeBytes} = pack(directory)
      const expected = [
        'bin/run.js',
        'package.json',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'dist/program/commands/expose-volume.js',
        'dist/program/LICENSES.md',
        'dist/program/src/runbook/runbook.schema.json',
        'oclif.manifest.json',
        'image/Dockerfile',
        'image/rc.local',
      ]
      for (const file of expected) expect(paths).toContain(file)
      const strangers = paths.filter(
        (file) =>
          !/^(bin\/run\.js|dist\/src\/.*\.d\.ts|dist\/program\/(LICENSES\.md|(chunks|commands|src)\/.*\.js)|image\/.+|dist\/program\/src\/sandbox\/vm\/guest\/[^/]+|dist\/program\/src\/runbook\/runbook\.schema\.json|[^/]+)$/.test(
            file,
          ),
      )
      expect(strangers).toEqual([])
      expect(unpackedSizeBytes).toBeLessThan(5_000_000)

      execFileSync('tar', ['-xzf', packed, '-C', directory])
      symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'package', 'node_modules'))
      const run = (argv: string[]) =>
        spawnSync(process.execPath, [path.join(directory, 'package/bin/run.js'), ...argv], {encoding: 'utf8'})
      expect(run(['--help'])).toMatchObject({status: 0, stderr: ''})
      expect(JSON.parse(run(['nothing-like-it', '--json']).stdout)).toMatchObject({
        ok: false,
        error: {code: 'VN-USAGE'},
      })
    }))

  it('has a lock file without download addresses, and a setting that keeps it so', () => {
    expect(text('package-lock.json')).not.toMatch(/"resolved":|https?:\/\/[^"]*\.tgz/)
    expect(text('.npmrc').split('\n')).toContain('omit-lockfile-registry-resolved=true')
  })

  it('is under the licence that it says', () => {
    expect((JSON.parse(text('package.json')) as {license: string}).license).toBe('Apache-2.0')
    expect(text('LICENSE')).toMatch(/Apache License\s+Version 2\.0, January 2004[\s\S]*END OF TERMS AND CONDITIONS/)
  })

  it('shows the two commands of a fresh clone in its README', () => {
    expect(text('README.md')).toContain('npm ci && npm run demo')
    expect(text('README.md')).toContain('npm ci && npm test')
  })
})
