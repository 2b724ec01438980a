import {createHash} from 'node:crypto'
import {VchError} from './vch-error.js'

/** `name:tag` of a reference without digest: `docker.io/library/` dropped, `latest` when it names no tag. */
export function fullReference(reference: string): string {
  const short = reference.replace(/^(docker\.io\/)?(library\/)?/, '')
  const lastPart = short.slice(short.lastIndexOf('/') + 1)
  return lastPart.includes(':') || lastPart.includes('@') ? short : `${short}:latest`
}

/** Image id without `sha256:`, as a VCH shows it; made from the name, since the sandbox has no layers. */
export function imageId(reference: string): string {
  return createHash('sha256').update(fullReference(reference)).digest('hex')
}

/** The known image that a name, `name:tag` or id (12 or more digits) means. */
export function findImage(images: readonly string[], wanted: string): string | undefined {
  const bare = wanted.replace(/^sha256:/, '')
  const byId = /^[0-9a-f]{12,64}$/.test(bare) ? images.find((image) => imageId(image).startsWith(bare)) : undefined
  return byId ?? images.find((image) => fullReference(image) === fullReference(wanted))
}

/** @throws VchError 404 in the VCH's words */
export function knownImage(images: readonly string[], wanted: string): string {
  const image = findImage(images, wanted)
  if (image === undefined) throw new VchError(404, `No such image: ${fullReference(wanted)}`)
  return image
}

/** The NFS server image: its containers run our NFS server as long as no command is given. */
export function isServerImage(image: string): boolean {
  return image.includes('nfs-server')
}

/** An image of files only, with no command. */
export const DATA_IMAGE = 'vicnfs/data-only:latest'

/** What the image runs without a command of the request; empty where it has none. */
export function imageCommand(image: string): readonly string[] {
  if (fullReference(image) === DATA_IMAGE) return []
  return isServerImage(image) ? ['/etc/rc.local'] : ['/bin/sh']
}
