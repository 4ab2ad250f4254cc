/**
 * The C function of that name, as the Moddable SDK's engine gives it to a module. Declared as the SDK
 * declares it; a caller says by `as` what it takes and returns.
 */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own signature
declare function native(name: string): (...args: any[]) => any;
