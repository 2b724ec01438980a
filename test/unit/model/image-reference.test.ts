import {describe, expect, it} from '@jest/globals'

import {imageReferenceText, loginKey, parseImageReference} from '../../../src/model/image-reference.js'

function caught(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('parseImageReference', () => {
  it.each([
    ['nfs', 'docker.io', 'library/nfs', undefined, 'nfs:latest'],
    ['nfs:0.1', 'docker.io', 'library/nfs', '0.1', 'nfs:0.1'],
    ['vicnfs/nfs-server:0.1', 'docker.io', 'vicnfs/nfs-server', '0.1', 'vicnfs/nfs-server:0.1'],
    ['docker.io/vicnfs/nfs', 'docker.io', 'vicnfs/nfs', undefined, 'vicnfs/nfs:latest'],
    ['index.docker.io/nfs:1', 'docker.io', 'library/nfs', '1', 'nfs:1'],
    ['localhost/nfs', 'localhost', 'nfs', undefined, 'localhost/nfs:latest'],
    ['registry.example.com/a/b/c:v1.2', 'registry.example.com', 'a/b/c', 'v1.2', 'registry.example.com/a/b/c:v1.2'],
    ['registry:5000/nfs', 'registry:5000', 'nfs', undefined, 'registry:5000/nfs:latest'],
    ['10.0.0.9:5000/nfs:1', '10.0.0.9:5000', 'nfs', '1', '10.0.0.9:5000/nfs:1'],
    ['[fd00::1]:5000/nfs:1', '[fd00::1]:5000', 'nfs', '1', '[fd00::1]:5000/nfs:1'],
  ])('%s', (text, registry, path, tag, shown) => {
    const reference = parseImageReference(text)
    expect(reference).toEqual({registry, path, ...(tag === undefined ? {} : {tag})})
    expect(imageReferenceText(reference)).toBe(shown)
  })

  it.each([
    ['', 'parts'],
    ['Team/nfs', 'lower-case'],
    ['registry.example.com/', 'lower-case'],
    ['registry.example.com/Team/nfs', 'lower-case'],
    ['nfs:', 'no tag'],
    ['nfs:a b', 'no tag'],
    ['-x.example.com/nfs', 'no host name'],
    ['https://registry.example.com/nfs', 'scheme'],
    [`nfs@sha256:${'ab'.repeat(32)}`, 'digest'],
  ])('refuses "%s": %s', (text, words) => {
    const error = caught(() => parseImageReference(text))
    expect(error).toMatchObject({code: 'VN-IMAGE-REFERENCE-BAD', reason: expect.stringContaining(words)})
  })
})

describe('loginKey', () => {
  it('is the URL of old for Docker Hub, and the registry itself elsewhere', () => {
    expect(loginKey('docker.io')).toBe('https://index.docker.io/v1/')
    expect(loginKey('registry:5000')).toBe('registry:5000')
  })
})
