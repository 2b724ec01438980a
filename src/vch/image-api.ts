import type {ImageReference} from '../model/image-reference.js'
import type {BuildWatcher} from './operations/build-stream.js'
import type {RegistryLogin} from './registry/registry-login.js'
import type {CallOptions, VchInfo} from './vch-api.js'

/** An image that a Docker Engine has. */
export interface LocalImage {
  /** `sha256:…` */
  readonly id: string
  readonly sizeBytes: number
}

export interface BuildRequest {
  /** Folder with the Dockerfile and what it copies. */
  readonly contextFolder: string
  readonly tag: string
  readonly buildArgs: Readonly<Record<string, string>>
  /** Run every step, also those that an earlier build has done. */
  readonly noCache: boolean
}

/** An image in a registry. */
export interface PushedImage {
  /** Digest of its manifest. */
  readonly digest: string
  /** Layers that were sent, and layers that the registry had. */
  readonly layers: {readonly sent: number; readonly present: number}
}

/** The part of a Docker Engine's API that makes and moves images; a VCH has none of it. */
export interface ImageApi {
  readonly endpoint: string
  info(options?: CallOptions): Promise<VchInfo>
  /** @returns undefined when there is no such image */
  inspectImage(reference: string, options?: CallOptions): Promise<LocalImage | undefined>
  /** @throws VN-IMAGE-BUILD-FAILED with the end of the failing step's output */
  buildImage(request: BuildRequest, options?: CallOptions & BuildWatcher): Promise<LocalImage>
  /** Gives an image another name; no error when it has it already. @throws VN-IMAGE-UNKNOWN */
  tagImage(source: string, target: ImageReference, options?: CallOptions): Promise<void>
  /** @throws VN-IMAGE-UNKNOWN, VN-REGISTRY-… */
  pushImage(
    reference: ImageReference,
    options: CallOptions & {readonly login: RegistryLogin; readonly onProgress?: (text: string) => void},
  ): Promise<PushedImage>
}
