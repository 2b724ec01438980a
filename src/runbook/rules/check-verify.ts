import {parseImageReference} from '../../model/image-reference.js'
import type {Inspection} from '../inspection.js'

/** Rules for how stores are proven. */
export function checkVerify(inspection: Inspection): void {
  const {loose} = inspection
  const places = [
    {path: ['defaults', 'verify'], verify: loose.defaults?.verify},
    {path: ['verify'], verify: loose.verify},
  ]
  if (places.every(({path}) => inspection.has(path))) {
    inspection.reportKey(['verify'], 'verify stands here and in the defaults', 'Keep one of the two.')
  }
  for (const {path, verify} of places) {
    const image = typeof verify === 'object' ? verify.image : undefined
    if (image === undefined) continue
    const named = image.replace(/@sha256:[0-9a-f]{64}$/, '')
    const fix = 'Write it as for docker run: registry.example.com/nfs-server:0.1'
    inspection.passes([...path, 'image'], {what: 'the name of an image', fix, check: () => parseImageReference(named)})
  }
}
