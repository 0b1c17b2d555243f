/** The part of the WebAssembly interface that the kernels use; the compiler's ES library does not declare it. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: SharedArrayBuffer
    readonly grow: (pages: number) => number
  }
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>
  }
  const validate: (bytes: Uint8Array) => boolean
  const Memory: new (descriptor: {
    readonly initial: number
    readonly maximum: number
    readonly shared: true
  }) => Memory
  const Module: new (bytes: Uint8Array) => Module
  const Instance: new (
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => Instance
}
