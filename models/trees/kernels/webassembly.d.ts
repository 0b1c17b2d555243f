/** The part of the WebAssembly interface that the kernels use; the compiler's ES library does not declare it. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>
  }
  const Memory: new (descriptor: { readonly initial: number }) => Memory
  const Module: new (bytes: Uint8Array) => Module
  const Instance: new (
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => Instance
}
