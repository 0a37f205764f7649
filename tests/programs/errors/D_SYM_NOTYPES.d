/*
 * The kernel does not say what this is.
 * @args: -xerrtags
 * @engines: kernel
 * @status: 1
 */
BEGIN { trace(`_text); exit(0); }
